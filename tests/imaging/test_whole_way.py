"""From NIfTI over a real Orthanc to NIfTI again, with a mask in both of its forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from nibabel.nifti1 import Nifti1Image

from maia_hub.imaging import (
    DicomWeb,
    Person,
    dicom_to_nifti,
    mask_to_rtstruct,
    mask_to_seg,
    nifti_to_dicom,
    read_series,
    rtstruct_to_mask,
    seg_to_mask,
)
from tests.imaging.made import shades
from tests.imaging.test_nifti import same
from tests.imaging.test_objects import off, rotation


def test_a_volume_and_its_masks_go_to_a_server_and_come_back(web: DicomWeb, tmp_path: Path) -> None:
    array, affine = shades((20, 24, 7)), np.eye(4)
    affine[:3, :3] = rotation((0.2, 0.1, -0.3)) * [0.9, 0.8, 2.5]
    written = nifti_to_dicom(Nifti1Image(array, affine), tmp_path / "out" / "mr", "MR")
    volume = read_series(tmp_path / "out" / "mr")
    mask = np.random.default_rng(2).integers(0, 3, volume.shape, dtype=np.uint8)
    author = Person("Lovelace^Ada")
    for kind in ("binary", "labelmap"):
        mask_to_seg(mask, volume, author=author, kind=kind, into=tmp_path / "out" / f"{kind}.dcm")
    mask_to_rtstruct(mask, volume, author=author, into=tmp_path / "out" / "rt.dcm")
    sent = web.send(tmp_path / "out")
    assert (len(sent.accepted), len(sent.refused)) == (10, 0)
    study = next(each for each in web.studies() if each.uid == written.study_uid)
    came = {each.modality: each for each in web.series(study)}
    assert set(came) == {"MR", "SEG", "RTSTRUCT"}
    web.fetch(study, into=tmp_path / "in")
    back = read_series(tmp_path / "in" / written.series_uid)
    assert off(back, array, affine) < 1e-4
    same(dicom_to_nifti(tmp_path / "in", tmp_path / "nifti")[0], back)
    for each in web.series(study):
        if each.modality == "MR":
            continue
        [path] = (tmp_path / "in" / each.uid).glob("*.dcm")
        read = rtstruct_to_mask if each.modality == "RTSTRUCT" else seg_to_mask
        assert (read(path, of=back).array == mask).all()
