"""The product's images: the wheel, what is built from it, and how it reaches the cluster."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.kube import images
from tests.kube.kube import Kube

ROOT = Path(__file__).parents[2]
DOCKERFILES = {
    "workspace": ROOT / "workspace_image" / "Dockerfile",
    "hub": ROOT / "helm" / "images" / "hub" / "Dockerfile",
    "service": ROOT / "helm" / "images" / "service" / "Dockerfile",
    "proxy": ROOT / "helm" / "images" / "proxy" / "Dockerfile",
}


def name(image: str) -> str:
    """Return the full name of an image of the product."""
    return f"localhost/maia-hub/{image}:test"


def built(image: str) -> Path:
    """Build an image of the product, or take its unchanged layers, and return its archive."""
    dockerfile = DOCKERFILES[image]
    locks = [*dockerfile.parent.glob("*.lock"), ROOT / "requirements-node.lock"]
    made_of = [
        wheel(),
        *locks,
        *(ROOT / "maia_hub" / "embedded" / "proxy").glob("*.json"),
        ROOT / ".dockerignore",
    ]
    return images.build(dockerfile, ROOT, name(image), sorted(made_of))


def loaded(kube: Kube, image: str) -> str:
    """Build an image, hand it to the cluster of this machine and return its name."""
    archive = built(image)
    if kube.place is None:
        raise RuntimeError("the images can only be handed to the cluster of this machine: unset KUBECONFIG")
    images.load(kube.place, archive)
    return name(image)


def wheel() -> Path:
    """Make the wheel that the images are built from, in `dist`; the same sources make the same wheel."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", scratch]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"no wheel: {done.stderr.strip()[-2000:]}")
        (new,) = Path(scratch).glob("*.whl")
        there = ROOT / "dist" / new.name
        if not there.exists() or there.read_bytes() != new.read_bytes():
            there.parent.mkdir(exist_ok=True)
            for old in there.parent.glob("*.whl"):
                old.unlink()
            shutil.copy(new, there)
    return there
