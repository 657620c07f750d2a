"""A GPU is started with only if its end is written where the supervisor reads it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from jupyterhub.spawner import SpawnException

from maia_hub.client.models import Grant
from maia_hub.core.sessionfile import NAME, read
from maia_spawner.local import MaiaLocalSpawner


def spawner(folder: Path) -> MaiaLocalSpawner:
    made = MaiaLocalSpawner(sessions_dir=str(folder))
    made.user = SimpleNamespace(name="alice", id=1)
    return made


def given(kind: str) -> Grant:
    return Grant.model_validate(
        {"id": str(uuid4()), "kind": kind, "reason": "", "since": datetime.now(timezone.utc).isoformat()}
    )


@pytest.mark.parametrize("kind", ["booked", "opportunistic"])
def test_a_gpu_whose_end_nobody_wrote_down_is_not_started_with(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SpawnException, match="nobody wrote down its end"):
        spawner(tmp_path)._session_folder(given(kind))


def test_a_cpu_server_that_the_service_knows_nothing_of_gets_a_session_without_an_end(tmp_path: Path) -> None:
    folder = spawner(tmp_path)._session_folder(given("cpu"))
    assert (read(folder / NAME).kind, read(folder / NAME).until) == ("cpu", None)
