"""Small changes go in one exchange, and never onto what is not as it was left."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
import pytest_asyncio

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer import quick
from maia_hub.hpc.transfer.delivering import Folder, deliver
from maia_hub.hpc.transfer.quick import Command
from maia_hub.hpc.transfer.send import send
from maia_hub.hpc.transport import DEFAULT_TIMEOUT, Completed
from tests.hpc.people import Home
from tests.hpc.transfer.folders import contents, fill, put
from tests.slurm.site import Site

pytestmark = pytest.mark.asyncio


class Counting(Link):
    """Counts what is done over it."""

    exchanges = 0
    channels_opened = 0

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        self.exchanges += 1
        return await super().run(argv, stdin=stdin, env=env, cwd=cwd, timeout=timeout)

    @asynccontextmanager
    async def stream(self, argv: str) -> AsyncIterator[asyncssh.SSHClientProcess[bytes]]:
        self.channels_opened += 1
        async with super().stream(argv) as process:
            yield process


@pytest_asyncio.fixture
async def counting(at_home: Home) -> AsyncIterator[Counting]:
    """An open connection that counts."""
    opened = Counting(Target(host="login"))
    yield opened
    await opened.close()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with files of every kind."""
    return fill(tmp_path / "here")


async def changed(link: Counting, here: Path, root: str) -> None:
    """Bring a folder there, so that it is remembered."""
    await send(link, here, root)
    put(here / "code/d0/f0.py", b"first change")
    await send(link, here, root)


async def test_a_change_takes_one_exchange_and_no_channel(counting: Counting, site: Site, here: Path) -> None:
    root = "quick $(one)/-deep"
    await changed(counting, here, root)
    counting.exchanges = counting.channels_opened = 0
    put(here / "code/d0/f0.py", b"second")
    put(here / "new/folder/it's $(new)", b"new")
    (here / "code/d1/f1.py").unlink()
    (here / "run.sh").chmod(0o700)
    sent = await send(counting, here, root)
    assert (counting.exchanges, counting.channels_opened) == (1, 0)
    assert (sent.files_moved, sent.removed) == (2, 1)
    assert contents(site.account.home / root) == contents(here)
    counting.exchanges = 0
    assert (await send(counting, here, root)).files_moved == 0
    assert counting.exchanges == 1
    assert not list((site.account.home / root / ".maia-transfer").glob("pack-*"))
    assert not list(site.account.home.rglob("PWNED"))


@pytest.mark.parametrize("how", ["written", "removed", "mode", "folder gone"])
async def test_what_somebody_changed_there_is_seen_and_put_right(
    counting: Counting, site: Site, here: Path, how: str
) -> None:
    root = f"stale-{how}"
    await changed(counting, here, root)
    there = site.account.home / root
    match how:
        case "written":
            (there / "code/d1/f1.py").write_text("somebody else's")
        case "removed":
            (there / "code/d1/f1.py").unlink()
        case "mode":
            (there / "code/d1/f1.py").chmod(0o755)
        case _:
            os.rename(there, there.with_name("elsewhere"))
    put(here / "code/d0/f0.py", b"second")
    await send(counting, here, root)
    assert contents(there) == contents(here)


async def test_what_jobs_write_there_makes_nothing_stale(counting: Counting, site: Site, here: Path) -> None:
    await changed(counting, here, "results")
    put(site.account.home / "results/out/model.pt", b"made by a job")
    counting.exchanges = 0
    put(here / "code/d0/f0.py", b"second")
    await send(counting, here, "results")
    assert counting.exchanges == 1
    assert (site.account.home / "results/out/model.pt").read_bytes() == b"made by a job"


async def test_another_connection_starts_from_what_is_there(
    counting: Counting, link: Link, site: Site, here: Path
) -> None:
    await changed(counting, here, "two")
    put(here / "code/d0/f0.py", b"by another")
    put(here / "one more", b"file")
    await send(link, here, "two")
    put(here / "code/d0/f0.py", b"by the first again")
    await send(counting, here, "two")
    assert contents(site.account.home / "two") == contents(here)


async def test_two_folders_and_a_command_take_one_exchange(
    counting: Counting, site: Site, here: Path
) -> None:
    other = fill(here.with_name("other"), seed=2, large=0)
    for root, folder in (("with 'a", here), ("with b", other)):
        await send(counting, folder, root)
        await send(counting, folder, root)
    folders = [Folder(here, "with 'a", ["*.sh"]), Folder(other, "with b")]
    counting.exchanges = 0
    put(other / "code/d0/f0.py", b"changed")
    command = Command(
        ["sh", "-c", 'cat; echo "$1|$X"; exit 7', "x", "it's $(here)"], b"input\n", {"X": "y z"}
    )
    done = await deliver(counting, folders, command)
    assert done is not None
    assert (counting.exchanges, done.status, done.text) == (1, 7, "input\nit's $(here)|y z\n")
    assert contents(site.account.home / "with b") == contents(other)
    assert not (site.account.home / "with 'a/run.sh").exists()
    again = await deliver(counting, folders, command)
    assert (again and again.status, counting.exchanges) == (7, 2)


async def test_a_command_does_not_run_on_what_is_not_as_it_was_left(
    counting: Counting, site: Site, here: Path
) -> None:
    await changed(counting, here, "guarded")
    (site.account.home / "guarded/run.sh").write_text("somebody else's")
    command = Command(["touch", "guarded/ran"])
    put(here / "code/d0/f0.py", b"second")
    assert await deliver(counting, [Folder(here, "guarded")], command) is None
    assert (
        await deliver(counting, [Folder(here, "guarded")], command) is None
    )  # nothing is remembered any more
    assert not (site.account.home / "guarded/ran").exists()
    await send(counting, here, "guarded")
    assert contents(site.account.home / "guarded") == contents(here)


async def test_a_change_that_is_large_goes_by_channels(
    counting: Counting, site: Site, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await changed(counting, here, "large")
    monkeypatch.setattr(quick, "MOST_BYTES", 10)
    counting.channels_opened = 0
    put(here / "code/d0/f0.py", b"more than ten bytes")
    await send(counting, here, "large")
    assert counting.channels_opened
    monkeypatch.undo()
    put(here / "code/d0/f0.py", b"short")
    await send(counting, here, "large")
    assert contents(site.account.home / "large") == contents(here)
