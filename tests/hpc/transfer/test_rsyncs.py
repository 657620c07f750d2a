"""Large files by rsync over the one connection: whole, resumed, and only where that is the faster way."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer import rsyncs
from maia_hub.hpc.transfer.fetch import fetch
from maia_hub.hpc.transfer.send import send
from maia_hub.hpc.transfer.tree import OWN, PART
from maia_hub.hpc.transport import NoSpace
from tests.hpc.people import Home
from tests.hpc.transfer.folders import HOSTILE, contents, put
from tests.slurm.place import AS_ROOT
from tests.slurm.proxy import between
from tests.slurm.site import Site

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(shutil.which("rsync") is None, reason="rsync is not installed here"),
]


@pytest.fixture(autouse=True)
def always_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine under load counts as near, too, and files of a few megabytes as large."""
    monkeypatch.setattr(rsyncs, "NEAR", 60.0)
    monkeypatch.setattr(rsyncs, "WORTH", 5 << 20)


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What rsync was asked to bring, there and back, so far."""
    seen: list[str] = []
    run = rsyncs._run

    async def watched(link: Link, root: str, arguments: list[str], *rest: Any, **more: Any) -> None:
        seen.append(arguments[-1])
        await run(link, root, arguments, *rest, **more)

    monkeypatch.setattr(rsyncs, "_run", watched)
    return seen


def large(folder: Path, *names: str, size: int = 6 << 20) -> Path:
    """Make a folder with large files."""
    for n, name in enumerate(names):
        put(folder / name, random.Random(n).randbytes(size + n))
    return folder


async def test_files_of_any_name_go_there_and_come_back(
    link: Link, site: Site, tmp_path: Path, brought: list[str]
) -> None:
    names = [*HOSTILE, "host:file", "a[1]", "deep/er"]
    here = large(tmp_path / "here: it is", *names)
    (here / "deep/er").chmod(0o750)
    os.utime(here / "deep/er", (1e9, 1e9))
    root = "there 'and $(back)/-deep[1]"
    seen: list[Mapping[str, Any]] = []

    async def tell(state: Mapping[str, Any]) -> None:
        seen.append(state)

    sent = await send(link, here, root, tell=tell)
    there = site.account.home / root
    assert contents(there) == contents(here)
    assert (there / "deep/er").stat().st_mtime == 1e9
    assert seen[-1]["bytes_done"] == seen[-1]["bytes_total"] == sent.bytes
    assert not list((there / OWN).glob("part-*"))
    back = tmp_path / "back"
    await fetch(link, root, back)
    assert contents(back) == contents(here)
    assert not list(back.rglob(f"{PART}*"))
    assert len(brought) == 2 * len(names)
    assert not [*site.account.home.rglob("PWNED"), *tmp_path.rglob("PWNED")]
    assert (await send(link, here, root)).files_moved == 0  # what it left is vouched for


async def test_nobody_else_reads_what_is_on_its_way(
    link: Link, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    monkeypatch.setattr(rsyncs, "_OPTIONS", (*rsyncs._OPTIONS, "--bwlimit=4m"))

    async def tell(state: Mapping[str, Any]) -> None:
        for part in (site.account.home / "shut" / OWN).glob("part-*"):
            modes.append(stat.S_IMODE(part.stat().st_mode))

    await send(link, large(tmp_path / "here", "secret"), "shut", tell=tell)
    assert modes
    assert set(modes) == {0o600}


async def test_a_cut_leaves_nothing_half_and_what_arrived_is_not_sent_twice(
    site: Site, home: Home, tmp_path: Path, brought: list[str]
) -> None:
    here = large(tmp_path / "here", "big", size=48 << 20)
    with between(site.sshd.port) as proxy:
        home.knows(site.sshd, proxy.port)
        home.host("cut", proxy.port, site.account)
        link = Link(Target(host="cut"))
        await link.run(["true"])
        for way in (send(link, here, "cut"), fetch(link, "cut", tmp_path / "back")):
            before = proxy.passed
            proxy.cut_after(40 << 20)
            await way
            assert proxy.passed - before < 72 << 20
        await link.close()
    assert contents(site.account.home / "cut") == contents(tmp_path / "back") == contents(here)
    assert len(brought) == 4


async def test_a_cut_at_a_final_name_finds_the_old_file_whole(site: Site, home: Home, tmp_path: Path) -> None:
    here = large(tmp_path / "here", "big", size=8 << 20)
    old = site.account.home / "old"
    with between(site.sshd.port) as proxy:
        home.knows(site.sshd, proxy.port)
        home.host("cut", proxy.port, site.account)
        link = Link(Target(host="cut"))
        await send(link, put(here / "big", b"old").parent, "old")
        put(here / "big", random.Random(1).randbytes(8 << 20))
        proxy.cut_after(3 << 20)
        link._was_open = False  # so that it is not opened again by itself
        seen = (old / "big").read_bytes()
        await send(link, here, "old")
        await link.close()
    assert seen == b"old"
    assert (old / "big").read_bytes() == (here / "big").read_bytes()


async def test_far_away_and_without_rsync_there_it_is_not_the_way(
    link: Link, site: Site, home: Home, tmp_path: Path, brought: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = large(tmp_path / "here", "big")
    monkeypatch.setattr(rsyncs, "NEAR", 0.02)
    with between(site.sshd.port, delay=0.025) as proxy:
        home.knows(site.sshd, proxy.port)
        home.host("far", proxy.port, site.account)
        far = Link(Target(host="far"))
        await send(far, here, "far")
        await far.close()
    monkeypatch.setattr(rsyncs, "NEAR", 60.0)
    site.account.login_script('command() { [ "$2" != rsync ] && builtin command "$@"; }\n')
    monkeypatch.setenv("PATH", "/nowhere")
    await send(link, here, "without")
    site.account.login_script("")
    assert contents(site.account.home / "far") == contents(site.account.home / "without") == contents(here)
    assert not brought


async def test_where_a_login_script_greets_it_files_go_another_way(
    link: Link, site: Site, tmp_path: Path, brought: list[str]
) -> None:
    here = large(tmp_path / "here", "big", "second")
    site.account.login_script("echo Welcome to the cluster\n")
    seen: list[Mapping[str, Any]] = []

    async def tell(state: Mapping[str, Any]) -> None:
        seen.append(state)

    await send(link, here, "greeted", tell=tell)
    await fetch(link, "greeted", tmp_path / "back")
    assert contents(site.account.home / "greeted") == contents(tmp_path / "back") == contents(here)
    assert len(brought) == 1
    assert seen[-1]["bytes_done"] == seen[-1]["bytes_total"]
    site.account.login_script("")


@pytest.mark.skipif(not AS_ROOT, reason="only root can make a small disk")
async def test_a_full_disk_is_said_and_it_goes_on_when_there_is_room(
    link: Link, site: Site, tmp_path: Path, brought: list[str]
) -> None:
    here = large(tmp_path / "here", "big", size=16 << 20)
    disk = site.account.home / "small-disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=9m,mode=777", "maia", disk], check=True)
    try:
        with pytest.raises(NoSpace, match="full"):
            await send(link, here, "small-disk/run")
        assert not (disk / "run/big").exists()
        subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
        await send(link, here, "small-disk/run")
        assert contents(disk / "run") == contents(here)
        assert len(brought) == 2
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
