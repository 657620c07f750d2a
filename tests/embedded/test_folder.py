from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from maia_hub.core.errors import Conflict, InvalidInput
from maia_hub.core.files import replace_whole
from maia_hub.embedded.folder import Folder, choose, exclusive


def test_everything_is_closed_to_others(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.prepare(traversable=False)
    assert {p.stat().st_mode & 0o777 for p in (folder.root, folder.homes, folder.logs, folder.run)} == {0o700}


def test_with_unix_users_only_the_way_to_the_session_files_is_open() -> None:
    folder = Folder(Path("/var/tmp") / f"maia-test-{os.getpid()}")
    try:
        folder.prepare(traversable=True)
        modes = {
            p.name: p.stat().st_mode & 0o777
            for p in (folder.homes, folder.logs, folder.run, folder.sessions, folder.hub_database)
        }
        closed = {"homes": 0o700, "logs": 0o700, "jupyterhub.sqlite": 0o600}
        assert modes == {**closed, "run": 0o711, "sessions": 0o711}
    finally:
        shutil.rmtree(folder.root)


def test_a_folder_behind_a_closed_door_is_refused_for_unix_users(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(InvalidInput, match="every user") as caught:
        Folder(closed / "data").prepare(traversable=True)
    assert "--data" in (caught.value.advice or "")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot be used"):
        Folder(tmp_path / "file" / "data").prepare(traversable=False)


def test_a_folder_of_other_things_is_refused_and_left_open(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    tmp_path.chmod(0o755)
    with pytest.raises(InvalidInput, match="other things") as caught:
        Folder(tmp_path).prepare(traversable=False)
    assert "--data" in (caught.value.advice or "")
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_disk_of_its_own_is_taken(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    Folder(tmp_path).prepare(traversable=False)
    assert (tmp_path / "run").is_dir()


def test_what_cannot_be_written_whole_leaves_the_old_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    replace_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_whole(path, "\ud800")
    assert os.listdir(tmp_path) == ["kept.json"]
    assert path.read_text() == "old"


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAIA_DATA", str(tmp_path))
    assert choose(None).root == tmp_path
    assert choose(Path("/elsewhere")).root == Path("/elsewhere")


def test_a_lock_that_is_held_names_its_holder_and_ends_with_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    hold = (
        "import sys, pathlib\n"
        "from maia_hub.embedded.folder import exclusive\n"
        "with exclusive(pathlib.Path(sys.argv[1]), 'Somebody'):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Conflict, match=f"process {holder.pid}"), exclusive(lock, "Another maia up"):
        pass
    holder.kill()
    holder.communicate()
    with exclusive(lock, "Another maia up"):
        assert lock.read_text() == f"{os.getpid()}\n"
