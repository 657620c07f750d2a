"""Small changes go in one exchange, and never onto what is not as it was left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import pytest_asyncio

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer import porters, quick
from maia_hub.hpc.transfer.delivering import deliver
from maia_hub.hpc.transfer.folders import Folder
from maia_hub.hpc.transfer.quick import Command
from maia_hub.hpc.transfer.send import send
from maia_hub.hpc.transport import DEFAULT_TIMEOUT, Completed, TimedOut, TransportError
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
    async def stream(
        self, argv: str, *, stdin: int = asyncssh.PIPE, stdout: int = asyncssh.PIPE
    ) -> AsyncIterator[asyncssh.SSHClientProcess[bytes]]:
        self.channels_opened += 1
        async with super().stream(argv, stdin=stdin, stdout=stdout) as process:
            yield process


@pytest_asyncio.fixture
async def counting(at_home: Home) -> AsyncIterator[Counting]:
    """An open connection that counts."""
    opened = Counting(Target(host="login"))
    yield opened
    await opened.close()


@pytest.fixture(params=["porter", "shell"])
def way(request: pytest.FixtureRequest, counting: Counting, monkeypatch: pytest.MonkeyPatch) -> str:
    """How folders go with a command: by a helper that stays there, or in the shell where there is no Python."""
    if request.param == "shell":
        monkeypatch.setattr(porters, "_READS", "no Python")
    ask = porters.Porter.ask

    async def counted(porter: porters.Porter, *words: Any) -> Any:
        counting.exchanges += 1
        return await ask(porter, *words)

    monkeypatch.setattr(porters.Porter, "ask", counted)
    return str(request.param)


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
    counting: Counting, way: str, site: Site, here: Path
) -> None:
    other = fill(here.with_name("other"), seed=2, large=0)
    for root, folder in (("with 'a", here), ("with b", other)):
        await send(counting, folder, root)
        await send(counting, folder, root)
    folders = [Folder(here, "with 'a", ["*.sh"]), Folder(other, "with b")]
    counting.exchanges = 0
    put(other / "code/d0/f0.py", b"changed")
    put(other / "new/folder/it's $(new)", b"new")
    (other / "code/d2/f2.py").unlink()
    (other / "run.sh").chmod(0o700)
    command = Command(
        ["sh", "-c", 'cat; echo "$1|$X"; exit 7', "x", "it's $(here)"], b"input\n", {"X": "y z"}
    )
    done = await deliver(counting, folders, command)
    assert done is not None
    assert (counting.exchanges, done.status, done.text) == (1, 7, "input\nit's $(here)|y z\n")
    assert (counting.traits["porter"] is None) == (way == "shell")
    assert contents(site.account.home / "with b") == contents(other)
    assert not list((site.account.home / "with b/.maia-transfer").glob("pack-*"))
    assert not list(site.account.home.rglob("PWNED"))
    assert not (site.account.home / "with 'a/run.sh").exists()
    again = await deliver(counting, folders, command)
    assert (again and again.status, counting.exchanges) == (7, 2)


async def test_a_command_that_cannot_be_run_or_is_too_slow_is_told(
    counting: Counting, way: str, site: Site, here: Path
) -> None:
    await changed(counting, here, "told")
    folders = [Folder(here, "told")]
    done = await deliver(counting, folders, Command(["no-such-program"]))
    assert done is not None
    assert done.status == 127
    with pytest.raises(TimedOut):
        await deliver(counting, folders, Command(["sleep", "60"], timeout=0.5))
    await send(counting, here, "told")
    assert await deliver(counting, folders, Command(["true"])) == Completed(0, b"", b"")


async def test_who_comes_while_a_command_runs_goes_by_the_shell(
    counting: Counting, site: Site, here: Path
) -> None:
    other = fill(here.with_name("other"), seed=2, large=0)
    await changed(counting, here, "first")
    await changed(counting, other, "second")
    wait = Command(["sh", "-c", "until [ -e second/told ]; do sleep 0.05; done"])
    first = asyncio.create_task(deliver(counting, [Folder(here, "first")], wait))
    while "porter" not in counting.traits or not counting.traits["porter"].busy.locked():
        await asyncio.sleep(0.01)
    second = await deliver(counting, [Folder(other, "second")], Command(["touch", "second/told"]))
    assert second == await first == Completed(0, b"", b"")


async def test_what_cannot_be_written_is_said_and_the_command_does_not_run(
    counting: Counting, way: str, site: Site, here: Path
) -> None:
    await changed(counting, here, "shut")
    (site.account.home / "shut/.maia-transfer").chmod(0o500)
    put(here / "code/d0/f0.py", b"third")
    with pytest.raises(TransportError, match="denied"):
        await deliver(counting, [Folder(here, "shut")], Command(["touch", "shut/ran"]))
    assert not (site.account.home / "shut/ran").exists()
    (site.account.home / "shut/.maia-transfer").chmod(0o700)
    await send(counting, here, "shut")
    assert contents(site.account.home / "shut") == contents(here)


async def test_a_command_does_not_run_on_what_is_not_as_it_was_left(
    counting: Counting, way: str, site: Site, here: Path
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
