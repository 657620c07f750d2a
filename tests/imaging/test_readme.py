"""What the README shows of conversions does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image

from tests.imaging.made import shades

README = Path(__file__).parents[2] / "README.md"


def test_the_example_of_conversions_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = README.read_text().split("### Images: conversions")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    monkeypatch.chdir(tmp_path)
    affine = np.diag([1.0, 1, 2, 1])
    tissues = np.random.default_rng(1).integers(0, 3, (20, 24, 5), dtype=np.uint8)
    nib.save(Nifti1Image(shades((20, 24, 5)), affine), "t1.nii.gz")
    nib.save(Nifti1Image(tissues, affine), "tissues.nii.gz")
    names: dict[str, Any] = {}
    exec(code[1], names)
    assert names["written"].error == 0
    assert names["made"].shape == (20, 24, 5)
    assert names["mask"].values == [1, 2]
