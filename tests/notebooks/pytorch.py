"""PyTorch for the notebooks that train: 5 GB in an environment of its own, beside all that the platform brings."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.kube.place import cache

LOCK = Path(__file__).parent / "training" / "requirements.lock"
KERNEL = "pytorch"


def environment() -> Path:
    """Return the Python of the environment, made on first use: what it lacks it finds in the one that runs the tests."""
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = cache() / f"pytorch-{digest}"
    place.parent.mkdir(parents=True, exist_ok=True)
    python, made = place / "bin" / "python", place / ".made"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _uv("venv", "--clear", "--python", sys.executable, str(place))
            _uv("pip", "install", "--python", str(python), "--require-hashes", "-r", str(LOCK))
            made.touch()
    return python


def install_kernel(home: Path) -> None:
    """Offer the environment as a kernel to the owner of a home, as an administrator or she herself would."""
    folder = home / ".local" / "share" / "jupyter" / "kernels" / KERNEL
    folder.mkdir(parents=True)
    ours = sysconfig.get_path("purelib")
    begin = f"import runpy, site; site.addsitedir({ours!r}); runpy.run_module('ipykernel_launcher', run_name='__main__')"
    spec = {
        "argv": [str(environment()), "-c", begin, "-f", "{connection_file}"],
        "display_name": "Python (PyTorch)",
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def _uv(*arguments: str) -> None:
    done = subprocess.run([str(Path(sys.executable).with_name("uv")), "--quiet", *arguments], check=False, text=True,
                          stderr=subprocess.PIPE)  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"PyTorch cannot be installed: {done.stderr[-1500:]}")
