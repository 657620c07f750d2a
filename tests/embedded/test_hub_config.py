"""What the settings of one machine say of the hub's own configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from traitlets.config import Config

from maia_hub.embedded.folder import Folder
from maia_hub.embedded.hub_config import configure
from maia_hub.embedded.settings import Settings


@pytest.mark.parametrize(("said", "shares"), [({}, True), ({"staff_entry": False}, False)])
def test_the_loops_may_share_servers_unless_the_site_wants_no_staff_in_them(
    tmp_path: Path, said: dict[str, bool], shares: bool
) -> None:
    c = Config()
    configure(c, Settings.model_validate(said), Folder(tmp_path))
    (scopes,) = [set(role["scopes"]) for role in c.JupyterHub.load_roles if role["name"] == "maia-controller"]
    assert ("shares" in scopes, "users:shares" in scopes) == (shares, not shares)
