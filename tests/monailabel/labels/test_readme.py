"""What the README shows of labels does what it says."""

from __future__ import annotations

import asyncio
import re
import textwrap
from pathlib import Path
from typing import Any

import nibabel as nib
import pytest

from tests.dicom.orthanc import Orthanc
from tests.monailabel.labels.drawing import Image

README = Path(__file__).parents[3] / "README.md"


def test_the_example_of_labels_runs(
    orthanc: Orthanc,
    image: Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    section = README.read_text().split("### Labels: one submission, one version")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    monkeypatch.chdir(tmp_path)
    nib.nifti1.save(image.box().to_nifti(), "drawn.nii.gz")
    names: dict[str, Any] = {
        "folder": tmp_path / "outbox",
        "series_uid": image.uid,
        "address": orthanc.url,
        "login": orthanc.login,
    }
    exec(f"async def example():\n{textwrap.indent(code[1], '    ')}", names)
    asyncio.run(names["example"]())
    assert re.fullmatch(r"1 Lovelace\^Ada 20\S+ \S+ segmentation_spleen 3 \n", capsys.readouterr().out)
