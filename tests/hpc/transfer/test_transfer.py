"""Folders go there and results come back: what changed, all of it, and nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer.fetch import fetch
from maia_hub.hpc.transfer.send import send
from maia_hub.hpc.transfer.tree import OWN, scan
from maia_hub.hpc.transport import NoSpace, NoSuchFile
from tests.hpc.transfer.folders import contents, fill, put
from tests.slurm.place import AS_ROOT
from tests.slurm.site import Site

pytestmark = pytest.mark.asyncio


async def test_a_folder_goes_there_and_comes_back_as_it_is(link: Link, site: Site, tmp_path: Path) -> None:
    here = fill(tmp_path / "here")
    root = "there and $(back)/-deep"
    seen: list[Mapping[str, Any]] = []

    async def tell(state: Mapping[str, Any]) -> None:
        seen.append(state)

    sent = await send(link, here, root, tell=tell)
    assert contents(site.account.home / root) == contents(here)
    assert (sent.files_moved, sent.bytes_moved) == (sent.files, sent.bytes)
    assert seen[-1]["files_done"] == seen[-1]["files_total"] == sent.files
    assert seen[-1]["bytes_done"] == sent.bytes
    assert [each for each in seen if each["rate"] > 0]
    back = tmp_path / "back"
    fetched = await fetch(link, root, back)
    expected = {path: what for path, what in contents(here).items() if what != "folder"}
    assert {path: what for path, what in contents(back).items() if what != "folder"} == expected
    assert fetched.bytes == sent.bytes
    assert not list(Path(back).rglob("PWNED"))
    assert not list(site.account.home.rglob("PWNED"))


async def test_only_what_changed_travels(link: Link, site: Site, tmp_path: Path) -> None:
    here, there = fill(tmp_path / "here"), site.account.home / "changed"
    await send(link, here, "changed")
    assert (await send(link, here, "changed")).files_moved == 0
    put(here / "code/d0/f0.py", b"changed")
    put(here / "new/er", b"new")
    (here / "code/d1/f1.py").unlink()
    (here / "run.sh").chmod(0o700)
    os.utime(here / "code/d0/f4.py", (1, 1))  # touched, and the same
    put(there / "results/model.pt", b"made by the job")
    sent = await send(link, here, "changed")
    assert (sent.files_moved, sent.bytes_moved, sent.removed) == (2, 10, 1)
    assert (there / "results/model.pt").read_bytes() == b"made by the job"
    (there / "results/model.pt").unlink()
    (there / "results").rmdir()
    assert contents(there) == contents(here)


async def test_what_changed_there_is_put_right_and_what_is_there_unnoted_is_not_sent(
    link: Link, site: Site, tmp_path: Path
) -> None:
    here, there = fill(tmp_path / "here"), site.account.home / "mended"
    os.utime(here / "run.sh", (1e9, 1e9))
    await send(link, here, "mended")
    site.run_as(site.account, "sh", "-c", "printf '#!/bin/no\\n' > mended/run.sh")
    assert (await send(link, here, "mended")).files_moved == 1
    (there / OWN / "manifest").write_text("{ broken")
    length = (there / "code/d0/f0.py").stat().st_size
    site.run_as(site.account, "sh", "-c", f"head -c {length} /dev/zero > mended/code/d0/f0.py")
    assert (await send(link, here, "mended")).files_moved == 1
    assert contents(there) == contents(here)


async def test_of_a_large_file_only_the_blocks_that_changed_travel(
    link: Link, site: Site, tmp_path: Path
) -> None:
    data = os.urandom(40 << 20)
    here = tmp_path / "here"
    large = put(here / "large", data)
    await send(link, here, "blocks")
    large.write_bytes(data[: 20 << 20] + b"!" + data[(20 << 20) + 1 :] + b"more")
    seen: list[int] = []

    async def tell(state: Mapping[str, Any]) -> None:
        seen.append(state["bytes_done"])

    await send(link, here, "blocks", tell=tell)
    assert (site.account.home / "blocks/large").read_bytes() == large.read_bytes()
    assert seen[0] >= 32 << 20  # there from the beginning


async def test_ignored_files_stay_here(link: Link, site: Site, tmp_path: Path) -> None:
    here = tmp_path / "here"
    for name in ("a.py", "a.log", "keep.log", "deep/b.log", "deep/b.tmp", "big/x", "secret/y", ".git/z"):
        put(here / name, b"x")
    put(here / ".gitignore", b"*.log\n!keep.log\n/big/\n")
    put(here / "deep/.maiaignore", b"*.tmp\n!b.log\n")
    await send(link, here, "ignored", ignore=["secret/"])
    files = {path for path, what in contents(site.account.home / "ignored").items() if what != "folder"}
    assert files == {".gitignore", "a.py", "keep.log", "deep/.maiaignore", "deep/b.log"}


async def test_results_are_fetched_by_patterns_and_only_once(link: Link, site: Site, tmp_path: Path) -> None:
    site.run_as(
        site.account,
        "sh",
        "-c",
        "mkdir -p out/logs; echo a > out/m.json; echo b > out/logs/l; echo c > out/c.pt",
    )
    back = tmp_path / "back"
    fetched = await fetch(link, "out", back, ["*.json", "logs/"])
    assert {path for path, what in contents(back).items() if what != "folder"} == {"m.json", "logs/l"}
    assert fetched.files == fetched.files_moved == 2
    site.run_as(site.account, "sh", "-c", "echo z > out/m.json")
    again = await fetch(link, "out", back, ["*.json", "logs/"])
    assert again.files_moved == 1
    assert (back / "m.json").read_text() == "z\n"


async def test_one_file_is_sent_alone(link: Link, site: Site, tmp_path: Path) -> None:
    put(tmp_path / "other", b"no")
    await send(link, put(tmp_path / "train.ipynb", b"{}"), "alone")
    assert list(contents(site.account.home / "alone")) == ["train.ipynb"]


async def test_what_is_not_there_is_said(link: Link, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        await send(link, tmp_path / "nowhere", "x")
    with pytest.raises(NoSuchFile):
        await fetch(link, "nowhere", tmp_path)


async def test_what_is_put_on_the_way_never_leaves_the_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    put(tmp_path / "a", b"")
    assert list(scan(tmp_path)) == ["a"]


@pytest.mark.skipif(not AS_ROOT, reason="only root can make a small disk")
@pytest.mark.parametrize("size", [1, 12])
async def test_a_full_disk_leaves_no_half_file_and_goes_on_when_there_is_room(
    link: Link, site: Site, tmp_path: Path, size: int
) -> None:
    here = fill(tmp_path / "here", files=500, large=2)
    disk = site.account.home / f"disk{size}"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=777", "maia", disk], check=True)
    try:
        with pytest.raises(NoSpace, match="full"):
            await send(link, here, f"disk{size}/run")
        expected, found = contents(here), contents(disk / "run")
        assert all(found[path] == expected[path] for path in found)
        subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
        await send(link, here, f"disk{size}/run")
        assert contents(disk / "run") == expected
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
