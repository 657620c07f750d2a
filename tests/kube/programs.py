"""The cluster's programs: taken from a folder, or built from their Go modules and kept by what they are made of."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.kube.place import KUBERNETES, cache

ROOT = Path(__file__).parents[2]
MODULES = Path(__file__).parent / "go"
FOLDER_VARIABLE = "MAIA_KUBE_PROGRAMS"


class NoPrograms(RuntimeError):
    """A program of the cluster can neither be found nor built; the message says what to install."""


@dataclass(frozen=True)
class Module:
    """One Go module under `go/`: what it builds and by which names the result is called."""

    name: str
    package: str
    names: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


_MAJOR, _MINOR, _ = KUBERNETES.removeprefix("v").split(".")
KUBERNETES_PROGRAMS = Module(
    "kubernetes",
    ".",
    ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl"),
    {
        "k8s.io/component-base/version.gitVersion": KUBERNETES,
        "k8s.io/component-base/version.gitMajor": _MAJOR,
        "k8s.io/component-base/version.gitMinor": _MINOR,
    },
)
COREDNS = Module("coredns", "github.com/coredns/coredns", ("coredns",))
HELM = Module("helm", "helm.sh/helm/v4/cmd/helm", ("helm",))
PAUSE = Module("pause", ".", ("pause",))
KWOK = Module("kwok", "sigs.k8s.io/kwok/cmd/kwok", ("kwok",))


def folder_of(module: Module) -> Path:
    """Return a folder with the programs of this module, building them where that has not been done yet.

    Raises:
        NoPrograms: the folder named by the environment lacks one, or there is no Go to build them with.
    """
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        missing = [name for name in module.names if not os.access(Path(given) / name, os.X_OK)]
        if missing:
            raise NoPrograms(
                f"{FOLDER_VARIABLE} names {given}, which has no {', '.join(missing)}; "
                "put them there, or unset it and they are built"
            )
        return Path(given)
    folder = cache() / "kube" / f"{module.name}-{_fingerprint(module)}"
    if not all((folder / name).exists() for name in module.names):
        _build(module, folder)
    return folder


def _fingerprint(module: Module) -> str:
    digest = hashlib.sha256(repr(sorted(module.variables.items())).encode())
    for name in ("go.mod", "go.sum", "main.go"):
        source = MODULES / module.name / name
        digest.update(source.read_bytes() if source.exists() else b"-")
    return digest.hexdigest()[:16]


def _build(module: Module, folder: Path) -> None:
    sys.stderr.write(f"· Building {', '.join(module.names)} (once; some minutes)\n")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        flags = " ".join(["-s", "-w", *(f"-X {key}={value}" for key, value in module.variables.items())])
        command = [
            _go(),
            "build",
            "-trimpath",
            "-ldflags",
            flags,
            "-o",
            str(made / module.names[0]),
            module.package,
        ]
        environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false"}
        done = subprocess.run(command, cwd=MODULES / module.name, env=environment, check=False)
        if done.returncode:
            raise NoPrograms(
                f"building {module.name} failed with exit status {done.returncode}; its output is above"
            )
        for alias in module.names[1:]:
            (made / alias).symlink_to(module.names[0])
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _go() -> str:
    found = shutil.which("go")
    if found and _recent(found):
        return found
    brought = Path(sys.executable).with_name("go")
    if not brought.exists():
        sys.stderr.write("· Bringing Go into the virtual environment (once)\n")
        lock = str(ROOT / "maia_hub" / "tools" / "locks" / "go.lock")
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
        if subprocess.run(install, check=False).returncode:
            raise NoPrograms(
                "Go 1.26 or newer is needed to build the cluster's programs; install it, then try again"
            )
    return str(brought)


def _recent(go: str) -> bool:
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    parts = said.strip().removeprefix("go").split(".")
    return [int(part) for part in parts[:2] if part.isdigit()] >= [1, 26]
