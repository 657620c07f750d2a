"""An endpoint without a shell, as Bianca's transit area is: a code that serves once, one connection, other paths."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.broker.client import BrokerClient
from maia_hub.hpc.reaching import ByBroker
from maia_hub.hpc.systems import Endpoint, PathMapping, System
from maia_hub.hpc.transfer.progress import Progress
from maia_hub.hpc.transport import NoSuchFile, SignInAgain, TransportError
from tests.hpc.people import Home, Person
from tests.hpc.transfer.folders import contents, fill, put
from tests.slurm.codes import CodeNode, asking

pytestmark = pytest.mark.asyncio
INSIDE = "/proj/sens1/wharf/ada"


@pytest.fixture
def wharf(tmp_path: Path) -> Path:
    """The folder that the endpoint shows as /ada."""
    (tmp_path / "wharf" / "ada").mkdir(parents=True)
    return tmp_path / "wharf"


@pytest.fixture
def node(home: Home, wharf: Path) -> Iterator[CodeNode]:
    with asking(("Password: ", "secret123456"), files_in=wharf) as node:
        key = node.key.export_public_key().decode().strip()
        home.known_hosts.write_text(f"[127.0.0.1]:{node.port} {key}\n")
        yield node


@pytest_asyncio.fixture
async def by(node: CodeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ByBroker]:
    monkeypatch.setenv("MAIA_HPC_RUN", str(tmp_path / "run"))
    opened = ByBroker(Person(code="secret123456"))
    yield opened
    await opened.close()
    client = BrokerClient()
    await client.stop()
    await client.close()


def system(node: CodeNode) -> System:
    transfer = Endpoint(
        host="127.0.0.1",
        port=node.port,
        user="ada",
        files_only=True,
        one_connection=True,
        paths=(PathMapping(control=INSIDE, transfer="/ada"),),
    )
    return System(name="bianca", transfer=transfer, work=f"{INSIDE}/maia-jobs")


async def test_folders_go_and_come_over_one_connection_by_their_other_name(
    by: ByBroker, node: CodeNode, wharf: Path, tmp_path: Path
) -> None:
    here = fill(tmp_path / "here")
    files, path = by.files(system(node), f"{INSIDE}/maia-jobs/run")
    assert path == "/ada/maia-jobs/run"
    there = wharf / "ada" / "maia-jobs" / "run"
    told: list[Progress] = []
    sent = await files.send(here, path, told=told.append)
    assert contents(there) == contents(here)
    assert (sent.files_moved, told[-1].bytes_done) == (sent.files, sent.bytes)
    assert (await files.send(here, path)).files_moved == 0
    put(here / "code/d0/f0.py", b"changed")
    (here / "code/d1/f1.py").unlink()
    (here / "run.sh").chmod(0o700)
    put(there / "results/model.pt", b"made by a job")
    again = await files.send(here, path)
    assert (again.files_moved, again.removed) == (2, 1)
    back = tmp_path / "back"
    fetched = await files.fetch(path, back)
    expected = {name: what for name, what in contents(here).items() if what != "folder"}
    expected["results/model.pt"] = (b"made by a job", 0o644)
    assert {name: what for name, what in contents(back).items() if what != "folder"} == expected
    assert (await files.fetch(path, back)).files_moved < fetched.files_moved
    assert node.answers == ["secret123456"]  # one sign-in for all of it
    with pytest.raises(NoSuchFile):
        await files.fetch("/ada/nowhere", back)
    with pytest.raises(InvalidInput, match="does not reach"):
        by.files(system(node), "/proj/sens1/private")


async def test_a_cut_transfer_goes_on_where_it_was_and_asks_for_a_new_code(
    by: ByBroker, node: CodeNode, wharf: Path, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    content = bytes(range(256)) * 65536 + b"end"  # two blocks and a bit
    put(here / "large.bin", content)
    files, path = by.files(system(node), f"{INSIDE}/run")

    node.cut_after = 9 << 20
    with pytest.raises(SignInAgain):
        await files.send(here, path)
    assert not (wharf / "ada/run/large.bin").exists()
    node.asked = (("Password: ", "secret654321"),)
    fresh = ByBroker(Person(code="secret654321"))
    node.cut_after = 1 << 40
    other, _ = fresh.files(system(node), f"{INSIDE}/run")
    await other.send(here, path)
    await fresh.close()
    assert (wharf / "ada/run/large.bin").read_bytes() == content
    assert (1 << 40) - node.cut_after < len(content)  # the first block did not travel again
    assert not list((wharf / "ada/run/.maia-transfer").glob("part-*"))


async def test_what_is_not_there_or_may_not_be_written_is_told(
    by: ByBroker, node: CodeNode, tmp_path: Path
) -> None:
    files, _ = by.files(system(node), INSIDE)
    with pytest.raises(InvalidInput):
        await files.send(tmp_path / "nothing", "/ada/run")
    with pytest.raises(TransportError):
        await files.run(["true"])  # there is no shell
