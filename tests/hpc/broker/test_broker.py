"""One process holds the connections for all of a user's programs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import psutil
import pytest
import pytest_asyncio

from maia_hub.hpc.broker import place
from maia_hub.hpc.broker.client import BrokerClient, sign_out
from maia_hub.hpc.broker.messages import VERSION, Hello
from maia_hub.hpc.broker.place import UnsafeFolder
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer.progress import Progress
from maia_hub.hpc.transport import ConnectionLost, NoSuchFile, SignInAgain, TimedOut, Transport
from tests.hpc.people import Home, Person, stop_broker
from tests.hpc.transfer.folders import contents, fill
from tests.slurm.codes import asking
from tests.slurm.place import AS_ROOT
from tests.slurm.site import Site
from tests.waiting import until

pytestmark = pytest.mark.asyncio
LOGIN = Target(host="login")
OTHER_PROGRAM = """
import asyncio, json
from maia_hub.hpc.broker.client import BrokerClient
from maia_hub.hpc.ssh.target import Target

async def main():
    client = BrokerClient()
    done = await client.system(Target(host="login")).run(["sh", "-c", "echo $SSH_CONNECTION"])
    print(json.dumps(done.text.split()))
    await client.close()

asyncio.run(main())
"""

SPEAK = """
import socket, sys
spoken = socket.socket(socket.AF_UNIX)
spoken.connect(sys.argv[1])
try:
    spoken.sendall(bytes.fromhex(sys.argv[2]))
    print(spoken.recv(100))
except OSError:
    print(b"")
"""


@pytest_asyncio.fixture
async def run_folder(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """The folder of the test's own broker, which ends with the test."""
    folder = tmp_path / "run"
    monkeypatch.setenv("MAIA_HPC_RUN", str(folder))
    yield folder
    for process in brokers(folder):
        process.terminate()
        process.wait(10)


@pytest_asyncio.fixture
async def client(run_folder: Path) -> AsyncIterator[BrokerClient]:
    """A client that has nobody to ask."""
    opened = BrokerClient()
    yield opened
    await opened.close()


def brokers(folder: Path) -> list[psutil.Process]:
    """Return the brokers of a folder."""
    return [each for each in psutil.process_iter() if _is_broker(each, folder)]


def _is_broker(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cmdline()[-1:] == ["maia_hub.hpc.broker"] and process.environ().get(
            "MAIA_HPC_RUN"
        ) == str(folder)
    except psutil.Error:
        return False


async def test_programs_share_one_broker_and_one_connection(
    site: Site, at_home: Home, client: BrokerClient, run_folder: Path
) -> None:
    others = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER_PROGRAM, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    here = (await client.system(LOGIN).run(["sh", "-c", "echo $SSH_CONNECTION"])).text.split()
    assert [json.loads((await each.communicate())[0]) for each in others] == [here, here]
    await until(lambda: len(brokers(run_folder)) == 1, "the end of brokers that found the lock taken")
    assert place.socket().stat().st_mode & 0o777 == 0o600
    assert run_folder.stat().st_mode & 0o777 == 0o700
    assert await client.states() == {"login": "open"}


async def test_everything_passes_as_it_is(at_home: Home, client: BrokerClient) -> None:
    system: Transport = client.system(LOGIN)
    every = bytes(range(256)) * 5000
    word = "$(id)\n'\udcff"
    done = await system.run(
        ["sh", "-c", 'cat; printf %s "$1$W" >&2; exit 3', "sh", word], stdin=every, env={"W": word}
    )
    assert (done.status, done.stdout) == (3, every)
    assert done.stderr == word.encode(errors="surrogateescape") * 2
    await system.mkdir("brokered")
    await system.write(f"brokered/{word}", every, mode=0o600)
    assert (await system.run(["ls", "-1"], cwd="brokered")).status == 0
    assert list(await system.list("brokered")) == [word]
    assert (await system.stat(f"brokered/{word}")).size == len(every)
    assert await system.read(f"brokered/{word}", offset=1, limit=3) == every[1:4]
    await system.rename(f"brokered/{word}", "brokered/b")
    await system.remove("brokered/b")
    with pytest.raises(NoSuchFile) as missing:
        await system.read("brokered/b")
    assert missing.value.given == "brokered/b"
    with pytest.raises(TimedOut):
        await system.run(["sleep", "60"], timeout=0.3)


async def test_folders_go_through_it(site: Site, at_home: Home, client: BrokerClient, tmp_path: Path) -> None:
    here, system = fill(tmp_path / "here"), client.system(LOGIN)
    seen: list[Progress] = []
    sent = await system.send(here, "by broker", ignore=["data/"], told=seen.append)
    assert seen[-1].files_done == sent.files_moved > 40
    fetched = await system.fetch("by broker", tmp_path / "back", ["code/"])
    assert contents(tmp_path / "back/code") == contents(here / "code")
    assert fetched.files_moved == 40
    with pytest.raises(NoSuchFile):
        await system.fetch("nowhere", tmp_path / "back")


async def test_a_question_reaches_the_one_who_asked_and_nobody_else(home: Home, client: BrokerClient) -> None:
    with asking(("One-time code: ", "271828")) as node:
        home.host("login", node.port, None, User="ada")
        person, bystander = Person(host_key="yes", code="271828"), Person()
        there, aside = BrokerClient(person), BrokerClient(bystander)
        try:
            with pytest.raises(SignInAgain):
                await client.system(LOGIN).run(["true"])
            await aside.states()
            assert (await there.system(LOGIN).run(["echo", "in"])).text == "in\n"
            assert [each.kind for each in person.asked] == ["host-key", "code"]
            assert not bystander.asked
            assert (await client.system(LOGIN).run(["echo", "me too"])).text == "me too\n"
            await sign_out(client, LOGIN)
            with pytest.raises(SignInAgain):
                await client.system(LOGIN).run(["true"])
            assert len(node.answers) == 1
        finally:
            await there.close()
            await aside.close()
        assert b"271828" not in place.log().read_bytes()


async def test_a_broker_that_was_killed_is_started_again(
    at_home: Home, client: BrokerClient, run_folder: Path
) -> None:
    system = client.system(LOGIN)
    hung = asyncio.create_task(system.run(["sleep", "30"]))
    await system.run(["true"])
    (broker,) = brokers(run_folder)
    broker.send_signal(signal.SIGKILL)
    with pytest.raises(ConnectionLost) as lost:
        await hung
    assert lost.value.started
    assert (await system.run(["echo", "again"])).text == "again\n"


async def test_a_call_that_is_given_up_disturbs_no_other(at_home: Home, client: BrokerClient) -> None:
    system = client.system(LOGIN)
    given_up = asyncio.create_task(system.run(["sleep", "30"]))
    await asyncio.sleep(0.5)
    given_up.cancel()
    assert (await system.run(["echo", "free"])).text == "free\n"


async def test_it_ends_when_nobody_is_there_for_long(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIA_HPC_IDLE", "2")  # whoever started it comes within this, on a busy machine, too
    client = BrokerClient()
    await client.states()
    (broker,) = brokers(run_folder)
    await asyncio.sleep(3)
    assert broker.is_running()
    await client.close()
    await asyncio.to_thread(psutil.wait_procs, [broker], 60)
    assert not brokers(run_folder)
    assert not place.socket().exists()


async def test_homes_of_one_account_have_each_a_broker_and_what_its_names_mean_there(
    site: Site, at_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAIA_HPC_RUN", raising=False)
    opened = BrokerClient()
    assert await opened.states() == {}
    assert (await opened.system(LOGIN).run(["true"])).status == 0
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("HOME", str(Home(tmp_path / "other").folder))
        other = BrokerClient()
        assert await other.states() == {}
        with pytest.raises(ConnectionLost):
            await other.system(LOGIN).run(["true"])
        await other.close()
        await asyncio.to_thread(stop_broker)
    assert await opened.states() == {"login": "open"}
    await opened.close()


async def test_a_folder_that_others_may_enter_is_not_used(run_folder: Path) -> None:
    run_folder.mkdir(mode=0o755)
    os.chmod(run_folder, 0o755)
    with pytest.raises(UnsafeFolder, match="nobody else"):
        await BrokerClient().states()
    assert not brokers(run_folder)
    run_folder.chmod(0o700)


@pytest.mark.skipif(not AS_ROOT, reason="only root can be somebody else")
async def test_somebody_else_is_sent_away_even_with_the_socket_open(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = site.folder / "run"
    monkeypatch.setenv("MAIA_HPC_RUN", str(folder))
    client = BrokerClient()
    await client.states()
    folder.chmod(0o711)
    (folder / "broker.sock").chmod(0o666)
    hello = msgspec.msgpack.encode(Hello(VERSION))
    frame = (struct.pack(">I", len(hello)) + hello).hex()
    command = ["/usr/bin/python3", "-c", SPEAK, str(folder / "broker.sock"), frame]
    assert await asyncio.to_thread(site.run_as, site.account, *command) == "b''\n"
    assert b"Hello" in await asyncio.to_thread(subprocess.check_output, command)
    folder.chmod(0o700)
    await client.stop()
    await client.close()
