"""Login scripts that write to standard output, as those of many sites do: nothing of it gets into what is done."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from maia_hub.hpc.ssh import sftp
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer.fetch import fetch
from maia_hub.hpc.transfer.porters import find
from maia_hub.hpc.transfer.send import send
from maia_hub.hpc.transport import TransportError
from tests.hpc.people import Home
from tests.hpc.transfer.folders import contents, fill, put
from tests.slurm.site import Site

pytestmark = pytest.mark.asyncio
GREETING = """
printf 'Welcome to the cluster, %s.\\r\\n' "$(id -un)"
printf '\\033[1mQuota\\033[0m 80 %%\\n'
seq 3000
echo 'A module was not found' >&2
"""


@pytest.fixture(params=["login", "plain"])
def host(request: pytest.FixtureRequest, site: Site, at_home: Home) -> Iterator[str]:
    """A system whose login scripts greet, with its sftp within sshd or as a program of its own."""
    profile = site.account.home / ".bash_profile"
    site.account.login_script(GREETING)
    profile.write_text("echo 'The message of the day'\n. ~/.bashrc\n")
    site.plain.start()
    at_home.knows(site.plain)
    at_home.host("plain", site.plain.port, site.account)
    yield request.param
    site.plain.stop()
    site.account.login_script("")
    profile.unlink()


@pytest_asyncio.fixture
async def link(host: str) -> AsyncIterator[Link]:
    """An open connection to it."""
    opened = Link(Target(host=host))
    yield opened
    await opened.close()


async def test_commands_and_files_are_as_they_are(link: Link) -> None:
    assert (await link.run(["echo", "quiet"])).stdout == b"quiet\n"
    assert await find(link) is not None
    await link.write("note", b"written")
    assert await link.read("note") == b"written"
    assert ".bashrc" in await link.list(".")


async def test_folders_come_and_go_whole(link: Link, host: str, site: Site, tmp_path: Path) -> None:
    here = fill(tmp_path / "here", files=60)
    put(here / "large", os.urandom(9 << 20))
    expected = contents(here)
    await send(link, here, f"greeted-{host}")
    assert contents(site.account.home / f"greeted-{host}") == expected
    put(here / "new", b"later")
    await send(link, here, f"greeted-{host}")
    await fetch(link, f"greeted-{host}", tmp_path / "back")
    back = contents(tmp_path / "back")
    assert back == {path: what for path, what in contents(here).items() if what != "folder"} | {
        path: what for path, what in back.items() if what == "folder"
    }


async def test_where_no_sftp_can_be_had_it_is_said_why(
    link: Link, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "_PLACES", ("/nowhere",))
    if host == "login":
        assert await link.read(".bash_profile")
        return
    with pytest.raises(TransportError, match="login script writes") as caught:
        await link.read(".bash_profile")
    assert "return" in (caught.value.advice or "")
