"""The images' locks are parts of the one lock, and say nothing of where packages come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.images.building import ROOT

LOCKS = {
    "lab": ROOT / "workspace_image" / "requirements.lock",
    "hub": ROOT / "helm" / "images" / "hub" / "requirements.lock",
    "service": ROOT / "helm" / "images" / "service" / "requirements.lock",
}
WHOLE = ROOT / "requirements.lock"


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_every_pin_of_an_image_is_the_common_one_with_the_same_hashes(lock: Path) -> None:
    common = pins(WHOLE)
    own = pins(lock)
    assert own
    assert {
        name: own[name] - common.get(name, set()) for name in own if own[name] - common.get(name, set())
    } == {}


@pytest.mark.parametrize(("extra", "lock"), LOCKS.items(), ids=LOCKS)
def test_a_lock_has_what_its_extra_asks_for(extra: str, lock: Path) -> None:
    missing = {
        name for name in asked_for(extra) if not any(pin.startswith(f"{name}==") for pin in pins(lock))
    }
    assert not missing, "run: make lock"


@pytest.mark.parametrize("lock", [*LOCKS.values(), WHOLE, ROOT / "requirements-node.lock"], ids=str)
def test_a_lock_names_no_registry(lock: Path) -> None:
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host", lock.read_text())


def test_the_proxys_pins_name_no_registry() -> None:
    text = (ROOT / "maia_hub" / "embedded" / "proxy" / "package-lock.json").read_text()
    assert "resolved" not in text
    assert '"integrity"' in text


def pins(lock: Path) -> dict[str, set[str]]:
    """Return every `name==version` of a lock with its hashes."""
    found: dict[str, set[str]] = {}
    pin = ""
    for line in lock.read_text().splitlines():
        if named := re.match(r"([a-z0-9][a-z0-9.-]*==[^ ;\\]+)", line):
            pin = named[1]
        elif hashed := re.match(r" +--hash=(\S+)", line):
            found.setdefault(pin, set()).add(hashed[1])
    return found


def asked_for(extra: str) -> set[str]:
    """Return the names of the packages that an extra asks for, those of extras that it builds on included."""
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.search(rf"^{extra} = (\[.*?\])$", text, re.MULTILINE | re.DOTALL)
    assert listed, extra
    names: set[str] = set()
    for wanted in yaml.safe_load(listed[1]):  # such a list of strings reads the same in TOML and in YAML
        if built_on := re.fullmatch(r"maia-hub\[(.+)\]", wanted):
            names = names.union(*(asked_for(other) for other in built_on[1].split(",")))
        else:
            names.add(re.match(r"[A-Za-z0-9._-]+", wanted)[0].lower())  # type: ignore[index]
    return names
