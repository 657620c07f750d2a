"""`from maia_lab import images`: what a notebook does with the archive, against a real Orthanc."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nibabel.loadsave import load

from maia_hub.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from maia_hub.imaging import Refused, Sent
from maia_lab import images
from maia_lab.imaging.archive import told
from maia_lab.tools.place import Place
from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import Orthanc

THORAX = series.Made(patient="P1", date="20260301", description="Thorax", series=2)
HEAD = series.Made(patient="P2", date="20260402", description="Head", modality="MR")


@pytest.fixture(scope="module")
def orthanc() -> Iterator[Orthanc]:
    with servers.running(settings={"AuthenticationEnabled": False}) as started:
        for made in (THORAX, HEAD):
            for dataset in series.study(made):
                started.store(dataset)
        yield started


@pytest.fixture(autouse=True)
def here(orthanc: Orthanc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIA_DICOMWEB_URL", orthanc.url)


def test_studies_are_a_table_newest_first() -> None:
    found = images.studies()
    assert list(found.patient_id) == ["P2", "P1"]
    assert list(found.n_series) == [1, 2]
    assert list(images.studies(modality="CT", since="2026-03-01", until="2026-03-01").description) == [
        "Thorax"
    ]
    assert len(images.studies(patient="nobody")) == 0


def test_a_row_a_table_of_one_row_and_a_uid_name_a_series() -> None:
    studies = images.studies(patient="P1")
    found = images.series(studies.iloc[0])
    assert list(found.number) == [1, 2]
    one = images.load(found.iloc[0])
    assert one.shape == (32, 32, 4)
    assert one.series_uid == found.series[0]
    by_table = images.load(found[found.number == 1])
    by_uids = images.load(found.series[0], study=studies.study[0])
    by_uid = images.load(found.series[0])
    for other in (by_table, by_uids, by_uid):
        np.testing.assert_array_equal(other.array, one.array)
    with pytest.raises(InvalidInput, match="That is no series"):
        images.load(found)
    with pytest.raises(NotFound, match="no such series"):
        images.load("1.2.3.4")


def test_a_series_is_converted(tmp_path: Path) -> None:
    found = images.series(images.studies(patient="P2").iloc[0])
    (made,) = images.convert(found.iloc[0], tmp_path)
    volume = images.load(found.iloc[0])
    one, other = (nib.funcs.as_closest_canonical(each) for each in (load(made), volume.to_nifti()))
    np.testing.assert_allclose(one.affine, other.affine, atol=1e-4)
    np.testing.assert_array_equal(np.asanyarray(one.dataobj), np.asanyarray(other.dataobj))


def test_a_segmentation_goes_there_and_comes_back(orthanc: Orthanc) -> None:
    volume = images.load(images.series(images.studies(patient="P1").iloc[0]).iloc[0])
    mask = np.zeros(volume.shape, np.uint8)
    mask[4:9, 5:8, 1:3], mask[12:14, 5:8, 2] = 1, 2
    made = images.send_segmentation(mask, of=volume, labels={1: "liver", 2: "spleen"})
    assert made.modality == "SEG"
    listed = images.series(volume.study_uid)
    assert list(listed.modality) == ["CT", "CT", "SEG"]
    back = images.load_segmentation(made, of=volume)
    np.testing.assert_array_equal(back.array, mask)
    assert {value: label.name for value, label in back.labels.items()} == {1: "liver", 2: "spleen"}
    assert back.labels[1].kind.value == "10200004"


def test_what_the_archive_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    volume = images.load(images.series(images.studies(patient="P2").iloc[0]).iloc[0])
    monkeypatch.setattr(images, "send", lambda *_: Sent(refused=[Refused("a.dcm", "the disk is full")]))
    with pytest.raises(Conflict, match="the disk is full"):
        images.send_segmentation(np.ones(volume.shape, np.uint8), of=volume, labels={1: "brain"})


def test_without_an_archive_one_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIA_DICOMWEB_URL")
    with pytest.raises(Unavailable, match="no image archive"):
        images.studies()


def test_the_servers_token_goes_to_the_projects_own_door_alone() -> None:
    place = Place("http://127.0.0.1:1/services/maia-tools", "secret", "default")
    ours = told({"MAIA_DICOMWEB_URL": f"{place.url}/default/orthanc/dicom-web"}, place)
    other = told({"MAIA_DICOMWEB_URL": "http://127.0.0.1:1/services/maia-tools-of-others/x"}, place)
    assert ours is not None
    assert other is not None
    assert (ours.token, other.token) == ("secret", None)
    assert "secret" not in repr(ours)
