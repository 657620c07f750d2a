"""Run KubeSpawner's own tests against MaiaSpawner on the cluster: ``python -m tests.upstream [CHECKOUT]``."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from tests.images import building
from tests.kube.place import cache
from tests.kube.running import running
from tests.platform import ROOT

REPOSITORY = "https://github.com/jupyterhub/kubespawner"
COMMIT = "178e6acf57a7579b044f37d0e6092883e5bf04c8"
"""That of KubeSpawner 7.1.0."""
LOCK = Path(__file__).with_name("requirements.lock")


def main() -> int:
    """Run them and return pytest's exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.upstream", description=__doc__)
    parser.add_argument("checkout", nargs="?", type=Path, help="a checkout of KubeSpawner [it is cloned]")
    parser.add_argument("--stock", action="store_true", help="KubeSpawner itself, to compare with")
    parser.add_argument("-k", dest="only", default="", help="which tests, as pytest understands it")
    asked = parser.parse_args()
    python = environment()
    with tempfile.TemporaryDirectory() as folder, running() as kube:
        tests = Path(folder) / "tests"
        export(asked.checkout or clone(), tests)
        path = os.pathsep.join(str(ROOT / part) for part in ("", "spawner"))
        settings = {
            "KUBECONFIG": str(kube.kubeconfig),
            "PYTHONPATH": path,
            "MAIA_STOCK": "1" if asked.stock else "",
            "MAIA_HUB_IMAGE": building.loaded(kube, "hub"),
            "MAIA_WORKSPACE_IMAGE": building.loaded(kube, "workspace"),
        }
        command = [
            str(python),
            "-m",
            "pytest",
            "-p",
            "tests.upstream.in_place",
            "--asyncio-mode=auto",
            "-q",
        ]
        done = subprocess.run(
            [*command, "-k", asked.only, str(tests)],
            cwd=folder,
            env={**os.environ, **settings},
            check=False,
        )
    return done.returncode


def environment() -> Path:
    """Make the environment that the tests want, once, and return its Python."""
    made = cache() / f"kubespawner-{sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    python = made / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
        if subprocess.run(install, check=False).returncode:
            shutil.rmtree(made)
            raise SystemExit("The packages of KubeSpawner's tests could not be installed.")
    return python


def clone() -> Path:
    """Clone KubeSpawner, once, and return where."""
    there = cache() / f"kubespawner-{COMMIT}"
    if not there.exists():
        done = subprocess.run(["git", "clone", "--quiet", REPOSITORY, str(there)], check=False)
        if done.returncode:
            raise SystemExit(
                f"{REPOSITORY} cannot be cloned here: name a checkout of it (make upstream ARGS=PATH)."
            )
    return there


def export(checkout: Path, to: Path) -> None:
    """Copy the tests of KubeSpawner 7.1.0 out of a checkout."""
    to.mkdir()
    command = ["git", "-C", str(checkout), "archive", f"{COMMIT}:tests"]
    archive = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", str(to)], input=archive.stdout, check=True)


if __name__ == "__main__":
    sys.exit(main())
