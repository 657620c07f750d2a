"""Series have small pictures, drawn by the server or here."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file

from maia_hub.core.errors import NotFound
from maia_hub.imaging import AsyncDicomWeb, DicomWeb
from maia_hub.imaging.thumbnails import picture
from tests.dicom import series
from tests.dicom.orthanc import Orthanc


def _drawn(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def test_the_server_draws_a_series(orthanc: Orthanc, web: DicomWeb, tmp_path: Path) -> None:
    web.send(series.write(tmp_path, slices=5, size=256))
    (study,) = web.studies()
    (found,) = web.series(study)
    image = _drawn(web.thumbnail(found, 96))
    assert image.format == "JPEG"
    assert max(image.size) == 96
    grey = np.asarray(image.convert("L"))
    assert grey[48, 48] > grey[2, 2] + 50


def test_a_long_series_is_not_listed_for_its_picture(
    orthanc: Orthanc, web: DicomWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maia_hub.imaging.dicomweb._SHORT", 3)
    monkeypatch.setattr(AsyncDicomWeb, "instances", None)
    web.send(series.write(tmp_path, slices=5, size=64))
    (found,) = web.series(web.studies()[0])
    assert _drawn(web.thumbnail(found)).format == "JPEG"


def test_what_the_server_cannot_draw_is_drawn_here(
    orthanc: Orthanc, web: DicomWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.send(series.write(tmp_path, slices=5, size=256))
    (found,) = web.series(web.studies()[0])

    async def cannot(*_: object) -> None:
        return None

    monkeypatch.setattr("maia_hub.imaging.dicomweb.rendered", cannot)
    image = _drawn(web.thumbnail(found, 96))
    assert (image.format, image.size) == ("PNG", (96, 96))
    grey = np.asarray(image)
    assert 100 < grey[48, 48] < 160
    assert grey[2, 2] == 0


def test_a_plan_has_no_picture(orthanc: Orthanc, web: DicomWeb) -> None:
    web.send(str(get_testdata_file("rtplan.dcm")))
    (found,) = web.series(web.studies()[0])
    with pytest.raises(NotFound, match="has no p"):
        web.thumbnail(found)


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small_RLE.dcm",
        "JPEG2000.dcm",
        "color3d_jpeg_baseline.dcm",
        "SC_rgb_16bit.dcm",
        "SC_ybr_full_uncompressed.dcm",
        "emri_small.dcm",
        "liver_1frame.dcm",
        "rtdose.dcm",
    ],
)
def test_objects_of_many_kinds_are_drawn(name: str) -> None:
    path = Path(str(get_testdata_file(name)))
    image = _drawn(picture(path, 64))
    assert max(image.size) <= 64
    assert np.asarray(image).std() > 0


def test_black_and_white_are_as_the_object_says(tmp_path: Path) -> None:
    (path,) = series.write(tmp_path, slices=1, size=64)
    plain = np.asarray(_drawn(picture(path, 64))).astype(int)
    dataset = dcmread(path)
    dataset.PhotometricInterpretation = "MONOCHROME1"
    del dataset.WindowCenter
    dataset.save_as(path)
    inverted = np.asarray(_drawn(picture(path, 64))).astype(int)
    assert plain[32, 32] > plain[1, 1]
    assert inverted[32, 32] < inverted[1, 1]
