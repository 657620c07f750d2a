"""MONAI Label's environment: made part by part, whole or not at all, and plain words where it cannot be."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.monailabel.environment import PACKAGE, VERSION, Environment, prepare
from maia_hub.tools.launch import PythonPackage
from maia_hub.tools.local import python
from maia_hub.tools.local.installing import install
from tests.monailabel import real

_RECORD = "{name}-{version}.dist-info"
_OF_A_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class _Room(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, for what is tried here alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "maia-hub" / "tools"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PythonPackage:
    """Two packages of a few lines in two parts; the first says that it needs what the lock does not name."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    named = [_wheel(shelf, "first", "Requires-Dist: nowhere-to-be-found\n"), _wheel(shelf, "second")]
    locks = tmp_path / "locks"
    locks.mkdir()
    (locks / "tiny.lock").write_text("".join(named))
    monkeypatch.setattr(python, "_LOCKS", locks)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return PythonPackage("tiny", parts=2, room=1)


def test_the_lock_holds_the_pins_that_hold_one_another_up() -> None:
    lock = python.lock_of(PACKAGE).read_text(encoding="utf-8")
    assert f"\nmonailabel=={VERSION} \\\n" in lock
    assert "\nmonai==1.5.2 \\\n" in lock
    assert "\npydicom==2.4.4 \\\n" in lock
    assert "\nsam2==" not in lock
    assert "://" not in lock


def test_a_lock_comes_apart_into_whole_requirements_with_their_hashes() -> None:
    lock = python.lock_of(PACKAGE).read_text(encoding="utf-8")
    named = python.pins(lock)
    assert "".join(named) == lock
    assert all("--hash=sha256:" in each for each in named)


@pytest.mark.asyncio
async def test_what_is_installed_in_parts_is_whole_and_leaves_no_archive(tiny: PythonPackage) -> None:
    said: list[tuple[str, float | None]] = []
    place = await install("tiny", "Tiny", "1", tiny, lambda *told: said.append(told))
    for name in ("first", "second"):
        subprocess.run([place / "bin" / "python", "-c", f"import {name}"], check=True)
    assert not list(place.glob(".archives"))
    assert [progress for _, progress in said] == sorted(progress or 0 for _, progress in said)


@pytest.mark.asyncio
async def test_a_disk_without_room_is_said_before_anything_is_fetched(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Room(10**10, 7 * 10**9, 3 * 10**9))
    said: list[str] = []
    with pytest.raises(Unavailable) as refused:
        await prepare(lambda doing, _: said.append(doing))
    assert "8.0 GB" in str(refused.value.given)
    assert "3.0 GB are free" in str(refused.value.given)
    assert "Make room" in str(refused.value.advice)
    assert not said


def test_a_test_of_the_real_one_fails_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Room(10**10, 7 * 10**9, 3 * 10**9))
    with pytest.raises(pytest.fail.Exception, match=r"takes 8\.0 GB, 3\.0 GB are free in .*\. Make room in "):
        real.environment()


@pytest.mark.asyncio
async def test_no_network_is_said_in_plain_words(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    for name, value in {
        "PIP_INDEX_URL": "http://127.0.0.1:9",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Room(10**12, 0, 10**12))
    with pytest.raises(Unavailable) as refused:
        await prepare()
    assert refused.value.message == "MONAI Label could not be installed."
    assert "Check the network" in str(refused.value.advice)
    assert [path for path in cache.iterdir() if path.suffix != ".lock"] == []


def test_an_environment_that_lost_its_package_says_which_folder_to_remove(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        _ = Environment(tmp_path).ohif
    assert refused.value.given == str(tmp_path)


def _wheel(shelf: Path, name: str, more: str = "") -> str:
    """Put a wheel on the shelf; return the line that locks it."""
    path = shelf / f"{name}-1.0-py3-none-any.whl"
    info = _RECORD.format(name=name, version="1.0")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}")
        archive.writestr(f"{info}/WHEEL", _OF_A_WHEEL)
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}==1.0 \\\n    --hash=sha256:{digest}\n"
