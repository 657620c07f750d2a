"""What the tests of the Lab extension share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.hpcpanel import Panel


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    """The settings of a Jupyter server with the extension."""
    return {"ServerApp": {"jpserver_extensions": {"maia_lab": True}}}


@pytest.fixture
def panel(
    home: Any, jp_fetch: Any, jp_serverapp: Any, jp_asyncio_loop: Any, jp_auth_header: Any
) -> Iterator[Panel]:
    """The routes of the jobs' panel, for whom a module's own fixture ``home`` makes a home."""
    app = jp_serverapp
    yield Panel(jp_fetch, f"http://localhost:{app.port}{app.base_url}".rstrip("/"), jp_auth_header)
    desk = app.web_app.settings.get("maia_hpc_desk")
    if desk:
        jp_asyncio_loop.run_until_complete(desk.close())
