"""Single files over the connection."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transport import FileDenied, NoSuchFile, Transport
from tests.hpc.people import Home
from tests.slurm.site import Site

pytestmark = pytest.mark.asyncio
NAMES = ["plain", "two words", "-rf", "new\nline", "$(id)", "qu'o\"te", "ö-\udcff", "~", "*"]


@pytest_asyncio.fixture
async def link(at_home: Home) -> AsyncIterator[Transport]:
    """An open connection."""
    opened = Link(Target(host="login"))
    yield opened
    await opened.close()


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_is_written_read_renamed_and_removed(link: Transport, site: Site, name: str) -> None:
    data = bytes(range(256)) * 1000
    await link.mkdir("files/deep")
    path = f"files/deep/{name}"
    await link.write(path, b"old")
    await link.write(path, data, mode=0o640)
    assert await link.read(path) == data
    assert await link.read(path, offset=255_990, limit=100) == data[255_990:]
    assert await link.read(path, offset=3, limit=5) == data[3:8]
    known = await link.stat(path)
    assert (known.size, known.mode & 0o777, known.is_folder) == (len(data), 0o640, False)
    assert list(await link.list("files/deep")) == [name]
    await link.write(f"{path}2", b"")
    await link.rename(path, f"{path}2")
    assert await link.read(f"{path}2") == data
    await link.remove(f"{path}2")
    assert not await link.list("files/deep")


async def test_refusals_are_told_apart(link: Transport) -> None:
    with pytest.raises(NoSuchFile):
        await link.read("nowhere")
    with pytest.raises(NoSuchFile):
        await link.write("nowhere/at/all", b"")
    with pytest.raises(NoSuchFile):
        await link.remove("nowhere")
    with pytest.raises(FileDenied):
        await link.write("/etc/passwd2", b"")
    with pytest.raises(FileDenied):
        await link.read("/etc/shadow")


async def test_links_are_seen_for_what_they_are(link: Transport) -> None:
    await link.mkdir("links")
    await link.run(["ln", "-sf", "nowhere", "links/broken"])
    assert (await link.list("links"))["broken"].is_link
    assert (await link.stat("links/broken", follow=False)).is_link
    with pytest.raises(NoSuchFile):
        await link.stat("links/broken")
