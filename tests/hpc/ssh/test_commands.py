"""Commands over one shell: words are data, streams are bytes, and nothing hangs for the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transport import ConnectionLost, NoSuchFile, TimedOut
from tests.hpc.hostile import PIECES
from tests.hpc.people import Home
from tests.slurm.proxy import between
from tests.slurm.site import Site

pytestmark = pytest.mark.asyncio
WORDS = (*PIECES, "", "\udcff", "".join(PIECES))


@pytest_asyncio.fixture
async def link(at_home: Home) -> AsyncIterator[Link]:
    """An open connection."""
    opened = Link(Target(host="login"))
    await opened.run(["true"])
    yield opened
    await opened.close()


async def test_streams_and_status_are_apart_and_bytes(link: Link) -> None:
    every = bytes(range(256)) * 300
    done = await link.run(["sh", "-c", "cat; echo no >&2; exit 7"], stdin=every)
    assert (done.status, done.stdout, done.stderr) == (7, every, b"no\n")


async def test_no_word_is_ever_interpreted(link: Link) -> None:
    for word in WORDS:
        data = word.encode(errors="surrogateescape")
        done = await link.run(["printf", "%s|%s", word, "$HOME"])
        assert done.stdout == data + b"|$HOME"
        assert (await link.run(["printenv", "WORD"], env={"WORD": word})).stdout[:-1] == data


async def test_folders_with_hostile_names_are_entered(link: Link, site: Site) -> None:
    for word in WORDS:
        if "/" in word or len(word.encode(errors="surrogateescape")) > 200 or word in ("", ".", ".."):
            continue
        await link.mkdir(f"folders/{word}")
        said = await link.run(["pwd"], cwd=f"folders/{word}")
        assert said.stdout[:-1] == f"{site.account.home}/folders/{word}".encode(errors="surrogateescape")
    with pytest.raises(NoSuchFile):
        await link.run(["pwd"], cwd="-nowhere", stdin=b"read\nby\nnobody")
    assert (await link.run(["echo", "still here"])).text == "still here\n"


async def test_input_that_is_not_read_disturbs_nobody(link: Link) -> None:
    for _ in range(3):
        assert (await link.run(["true"], stdin=b"exit 3\n" * 10_000)).status == 0
        assert (await link.run(["head", "-c", "4"], stdin=b"readonly" * 10_000)).stdout == b"read"


async def test_a_program_that_is_not_there_or_dies_has_the_status_of_a_shell(link: Link) -> None:
    assert (await link.run(["no-such-program"])).status == 127
    assert (await link.run(["/etc/passwd"])).status == 126
    assert (await link.run(["sh", "-c", "kill -9 $$"])).status == 137


async def test_a_hung_command_ends_and_the_others_do_not_wait_for_it(link: Link) -> None:
    hung = asyncio.create_task(link.run(["sh", "-c", "until [ -e through ]; do sleep 0.05; done"]))
    await asyncio.sleep(0)
    assert (await link.run(["touch", "through"])).status == 0
    assert (await hung).status == 0
    with pytest.raises(TimedOut):
        await link.run(["sleep", "60"], timeout=0.5)
    assert (await link.run(["rm", "through"])).status == 0


async def test_a_shell_that_dies_is_replaced(link: Link) -> None:
    with pytest.raises(ConnectionLost) as lost:
        await link.run(["sh", "-c", "kill -9 $(ps -o ppid= -p $PPID) $PPID"])
    assert lost.value.started
    assert (await link.run(["echo", "again"])).text == "again\n"


async def test_many_at_once_keep_to_few_channels(link: Link) -> None:
    done = await asyncio.gather(*(link.run(["sh", "-c", f"sleep 0.01; echo {n}"]) for n in range(60)))
    assert [each.text.strip() for each in done] == [str(n) for n in range(60)]


async def test_a_login_script_is_paid_once_and_its_noise_is_not_heard(site: Site, at_home: Home) -> None:
    site.account.login_script("echo welcome; echo beware >&2; echo ran >> ~/logins; sleep 0.25\n")
    link = Link(Target(host="login"))
    try:
        for _ in range(5):
            done = await link.run(["echo", "quiet"])
            assert (done.stdout, done.stderr) == (b"quiet\n", b"")
        assert len((site.account.home / "logins").read_text().splitlines()) <= 2
    finally:
        site.account.login_script("")
        await link.close()


async def test_a_lost_connection_is_opened_again(site: Site, home: Home) -> None:
    with between(site.sshd.port) as proxy:
        home.knows(site.sshd, proxy.port)
        home.host("login", proxy.port, site.account)
        link = Link(Target(host="login"))
        assert (await link.run(["echo", "one"])).text == "one\n"
        slow = asyncio.create_task(link.run(["sleep", "30"]))
        await asyncio.sleep(0.2)
        proxy.cut()
        with pytest.raises(ConnectionLost) as lost:
            await slow
        assert lost.value.started
        assert (await link.run(["echo", "two"])).text == "two\n"
        await link.close()


async def test_nobody_waits_for_ever_when_the_connection_breaks(site: Site, home: Home) -> None:
    with between(site.sshd.port) as proxy:
        home.knows(site.sshd, proxy.port)
        home.host("login", proxy.port, site.account)
        link = Link(Target(host="login"))
        await link.run(["true"])
        waiting = [asyncio.create_task(link.run(["sleep", "30"])) for _ in range(20)]
        await asyncio.sleep(1.5)
        proxy.cut()
        ended = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 20)
        assert all(isinstance(each, ConnectionLost) for each in ended)
        assert 1 <= sum(each.started for each in ended if isinstance(each, ConnectionLost)) <= 3
        await link.close()


async def test_a_server_that_comes_back_is_waited_for(site: Site, at_home: Home) -> None:
    link = Link(Target(host="login"))
    await link.run(["true"])
    site.sshd.stop()
    while link.state == "open":
        await asyncio.sleep(0.02)
    again = asyncio.create_task(link.run(["echo", "back"]))
    await asyncio.sleep(0.3)
    site.sshd.start()
    assert (await again).text == "back\n"
    await link.close()


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", ""])
async def test_a_variable_has_a_name_that_a_shell_knows(link: Link, name: str) -> None:
    with pytest.raises(InvalidInput):
        await link.run(["true"], env={name: "x"})
