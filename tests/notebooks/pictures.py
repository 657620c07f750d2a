"""`python -m tests.notebooks.pictures`: put the pictures of `tests/e2e/test_corrections_by_hand.py` into notebook 06."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import nbformat
from PIL import Image

from tests.e2e.browser import OUTPUT

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "06_active_learning.ipynb"
CELL = "by-hand"
NAMES = ("proposed", "corrected")
_COLOURS = 64


def packed(file: Path) -> str:
    """Return a picture in few colours, as a notebook holds it."""
    made = BytesIO()
    Image.open(file).convert("RGB").quantize(_COLOURS).save(made, "PNG", optimize=True)
    return base64.b64encode(made.getvalue()).decode("ascii")


def main() -> None:
    """Attach them to their cell."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cell = next(each for each in notebook.cells if each.id == CELL)
    cell["attachments"] = {f"{name}.png": {"image/png": packed(OUTPUT / f"06-{name}.png")} for name in NAMES}
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
