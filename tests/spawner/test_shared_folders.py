"""What a group has in common is written by all of its members, whatever their umask, and entered by nobody else."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from maia_hub.client.models import Folder
from maia_lab.shared import linked
from maia_spawner.shared import prepared

IS_ROOT = os.geteuid() == 0
ADA, BEN, EVE = 2_000_000_001, 2_000_000_002, 2_000_000_003


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that other Unix users reach."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def folder() -> Folder:
    return Folder(group=uuid4(), name="Deep-learning-A-123abc")


def shell(user: int, groups: list[int], script: str) -> bool:
    """Run a script as a Unix user; where the tests are no administrator's, as themselves."""
    told = ",".join(map(str, groups)) if groups else ""
    who = ["setpriv", f"--reuid={user}", f"--regid={user}"]
    who += [f"--groups={told}"] if told else ["--clear-groups"]
    command = [*(who if IS_ROOT else []), "sh", "-ec", f"umask 077; {script}"]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


def test_members_change_what_others_made_and_strangers_do_not_even_look(root: Path) -> None:
    ours, others = folder(), folder()
    places, groups = prepared(root, [ours], unix_users=IS_ROOT)
    _, elsewhere = prepared(root, [others], unix_users=IS_ROOT)
    place = places[ours.name]
    assert shell(ADA, groups, f"mkdir {place}/data; echo 1 > {place}/data/results.csv")
    assert shell(
        BEN, groups, f"echo 2 >> {place}/data/results.csv; rm {place}/data/results.csv; rmdir {place}/data"
    )
    if IS_ROOT:
        assert groups != elsewhere
        for strangers in ([], elsewhere):
            assert not shell(EVE, strangers, f"ls {place}")
            assert not shell(EVE, strangers, f"echo 3 > {place}/mine")
    assert prepared(root, [ours], unix_users=IS_ROOT) == (places, groups), "the same at the next start"


def test_the_home_leads_there_and_what_the_owner_has_put_beside_it_stays(tmp_path: Path) -> None:
    home, target = tmp_path / "home", tmp_path / "folder"
    home.mkdir()
    linked({}, home)
    assert not (home / "shared").exists(), "nothing in common, nothing there"
    target.mkdir()
    linked({"A": str(target)}, home)
    (home / "shared" / "A" / "x").write_text("1")
    (home / "shared" / "mine").mkdir()
    (home / "shared" / "left").symlink_to(tmp_path / "gone")
    linked({"A": str(target), "mine": str(target)}, home)
    assert (target / "x").read_text() == "1"
    assert {each.name for each in (home / "shared").iterdir()} == {"A", "mine"}
    assert not (home / "shared" / "mine").is_symlink()
