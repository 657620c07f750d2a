"""A connection that breaks at any byte: nothing half has a final name, and what arrived is not sent twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer.fetch import fetch
from maia_hub.hpc.transfer.send import send
from tests.hpc.people import Home
from tests.hpc.transfer.folders import contents, fill, put
from tests.slurm.proxy import Proxy, between
from tests.slurm.site import Site

pytestmark = pytest.mark.asyncio
BYTES = 10 << 20
"""About what such a folder takes on the wire."""


async def cuts(site: Site, home: Home, folder: Path, offsets: list[int]) -> None:
    """Send and fetch with a cut at each offset."""
    here = fill(folder / "here", files=60)
    expected = contents(here)
    files = {path: what for path, what in expected.items() if what != "folder"}
    with between(site.sshd.port) as proxy:
        home.knows(site.sshd, proxy.port)
        home.host("cut", proxy.port, site.account)
        link = Link(Target(host="cut"))
        await link.run(["true"])
        for n, offset in enumerate(offsets):
            there = site.account.home / "cuts" / str(n)
            proxy.cut_after(offset)
            await send(link, here, f"cuts/{n}")
            assert contents(there) == expected, offset
            proxy.cut_after(offset)
            await fetch(link, f"cuts/{n}", folder / f"back{n}")
            back = {path: what for path, what in contents(folder / f"back{n}").items() if what != "folder"}
            assert back == files, offset
            site.run_as(site.account, "rm", "-rf", f"cuts/{n}")
        assert proxy.connections > len(offsets) // 2
        await link.close()


def offsets(count: int, seed: int) -> list[int]:
    """Return offsets all over the transfer, most of them where the many small steps are."""
    chance = random.Random(seed)
    return [chance.randrange(BYTES if n % 2 else 200_000) for n in range(count)]


async def test_cuts_at_a_few_offsets(site: Site, home: Home, tmp_path: Path) -> None:
    await cuts(site, home, tmp_path, offsets(4, 1))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
async def test_cuts_at_two_hundred_offsets(site: Site, home: Home, tmp_path: Path, part: int) -> None:
    await cuts(site, home, tmp_path, offsets(20, 100 + part))


async def test_what_arrived_before_a_cut_is_not_sent_twice(site: Site, home: Home, tmp_path: Path) -> None:
    here = tmp_path / "here"
    put(here / "large", random.Random(5).randbytes(64 << 20))
    with between(site.sshd.port) as proxy:
        home.knows(site.sshd, proxy.port)
        home.host("cut", proxy.port, site.account)
        link = Link(Target(host="cut"))
        await link.run(["true"])
        await _cut_late(link, proxy, here)
        assert (site.account.home / "late/large").read_bytes() == (here / "large").read_bytes()
        await link.close()


async def test_a_pack_that_is_cut_is_sent_again(site: Site, home: Home, tmp_path: Path) -> None:
    here = tmp_path / "here"
    for n in range(40):
        put(here / f"f{n}", random.Random(n).randbytes(100_000))
    with between(site.sshd.port) as proxy:
        home.knows(site.sshd, proxy.port)
        home.host("cut", proxy.port, site.account)
        link = Link(Target(host="cut"))
        await link.run(["true"])
        proxy.cut_after(2_000_000)
        await send(link, here, "pack")
        assert contents(site.account.home / "pack") == contents(here)
        assert proxy.connections == 2
        await link.close()


async def _cut_late(link: Link, proxy: Proxy, here: Path) -> None:
    before = proxy.passed
    proxy.cut_after(56 << 20)
    await send(link, here, "late")
    assert proxy.passed - before < 100 << 20
