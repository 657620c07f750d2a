"""The tutorials of this checkout, which every new home begins with."""

from __future__ import annotations

from pathlib import Path

NAMES = sorted(notebook.name for notebook in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
