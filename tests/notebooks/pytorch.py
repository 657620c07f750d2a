"""PyTorch for the notebooks that train: that of MONAI Label's environment, beside all that the platform brings."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.monailabel import real

KERNEL = "pytorch"


def install_kernel(home: Path) -> None:
    """Offer a kernel to the owner of a home: the platform's own, which finds there what it lacks."""
    folder = home / ".local" / "share" / "jupyter" / "kernels" / KERNEL
    folder.mkdir(parents=True)
    (packages,) = real.environment().folder.glob("lib/python3.*/site-packages")
    begin = f"import runpy, sys; sys.path.append({str(packages)!r}); runpy.run_module('ipykernel_launcher', run_name='__main__')"
    spec = {
        "argv": [sys.executable, "-c", begin, "-f", "{connection_file}"],
        "display_name": "Python (PyTorch)",
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
