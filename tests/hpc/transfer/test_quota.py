"""A quota that is used up: said in that word, by each way that a file goes, and resumed when there is room."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import byfiles, rsyncs
from maia_hub.hpc.transfer.send import send
from maia_hub.hpc.transport import NoSpace
from tests.hpc.transfer.folders import contents, put
from tests.packages import NotInstalled, install
from tests.slurm.place import AS_ROOT
from tests.slurm.programs import find
from tests.slurm.site import Site

pytestmark = pytest.mark.skipif(not AS_ROOT, reason="only root can mount a disk with quotas")


class Disk:
    """A folder of the account's home that takes so much and no more."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.folder = folder / "limited"
        image.touch()
        subprocess.run(["truncate", "-s", "256M", image], check=True)
        subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, folder], check=True, capture_output=True)
        self._btrfs("quota", "enable", folder)
        self._btrfs("subvolume", "create", self.folder)
        self.folder.chmod(0o777)

    def limit(self, size: str) -> None:
        """Set the quota."""
        self._btrfs("qgroup", "limit", size, self.folder)

    def _btrfs(self, *words: str | Path) -> None:
        subprocess.run(["btrfs", *words], check=True, capture_output=True)


@pytest.fixture
def disk(site: Site, tmp_path: Path) -> Iterator[Disk]:
    """A disk with quotas, where this machine can have one."""
    try:
        install({"btrfs-progs"} if find("mkfs.btrfs") is None else set())
    except NotInstalled:
        pytest.skip("btrfs-progs cannot be installed here")
    folder = site.account.home / "disk"
    folder.mkdir()
    try:
        yield Disk(tmp_path / "image", folder)
    except subprocess.CalledProcessError as e:
        pytest.skip(f"no disk with quotas can be mounted here: {e.stderr!r}")
    finally:
        subprocess.run(["umount", "-l", folder], check=False, capture_output=True)
        folder.rmdir()


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["packs", "blocks", "rsync", "sftp"])
async def test_a_quota_is_said_and_it_goes_on_when_there_is_room(
    link: Link, disk: Disk, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "rsync" and shutil.which("rsync") is None:
        pytest.skip("rsync is not installed here")
    monkeypatch.setattr(rsyncs, "NEAR", 60.0 if way == "rsync" else -1.0)
    monkeypatch.setattr(rsyncs, "WORTH", 1 << 20)
    sending = byfiles.send if way == "sftp" else send
    here = tmp_path / "here"
    size = 2 << 20 if way == "packs" else 12 << 20
    for n in range(24 // (size >> 20)):
        put(here / f"f{n}", random.Random(n).randbytes(size))
    disk.limit("8M")
    with pytest.raises(NoSpace, match="quota"):
        await sending(link, here, "disk/limited/run")
    expected, found = contents(here), contents(disk.folder / "run")
    assert all(found[path] == expected[path] for path in found)
    disk.limit("100M")
    await sending(link, here, "disk/limited/run")
    assert contents(disk.folder / "run") == expected
