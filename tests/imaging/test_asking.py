"""Studies, series and objects are found by DICOMweb."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydicom.uid import UID

from maia_hub.core.errors import Conflict, InvalidInput, NotFound, NotSignedIn, Unavailable
from maia_hub.imaging import AsyncDicomWeb, DicomWeb
from tests.dicom.orthanc import Orthanc
from tests.dicom.series import Made, study


def _store(orthanc: Orthanc, *studies: Made) -> None:
    for made in studies:
        for dataset in study(made):
            orthanc.store(dataset)


ANNA = Made(patient="A1", name="Ärlig^Anna", series=2, slices=3)
BEN = Made(patient="B1", name="Blank^Ben", modality="MR", date="20250101", description="Knee", seed=2)


def test_a_study_is_told_with_all_that_a_list_shows(orthanc: Orthanc, web: DicomWeb) -> None:
    _store(orthanc, ANNA)
    (found,) = web.studies()
    assert (found.patient_id, found.patient_name, found.sex) == ("A1", "Ärlig^Anna", "O")
    assert (found.date, found.birth_date, found.description) == (
        date(2026, 3, 14),
        date(1970, 1, 1),
        "Thorax",
    )
    assert (found.modalities, found.series, found.instances) == (("CT",), 2, 6)


@pytest.mark.parametrize(
    "wanted",
    [
        {"PatientID": "B1"},
        {"PatientID": "B*"},
        {"PatientName": "*ben*"},
        {"PatientName": "Blank^Ben"},
        {"StudyDescription": "Knee "},
        {"StudyDescription": "Kne?"},
        {"StudyDate": "20250101"},
        {"StudyDate": date(2025, 1, 1)},
        {"StudyDate": (None, date(2025, 12, 31))},
        {"StudyDate": "-20251231"},
        {"Modality": "MR"},
        {"StudyDescription": "Kn*"},
        {"Modality": "MR", "PatientID": "B?"},
    ],
)
def test_what_is_wanted_narrows_it(orthanc: Orthanc, web: DicomWeb, wanted: dict[str, Any]) -> None:
    _store(orthanc, ANNA, BEN)
    assert [each.patient_id for each in web.studies(**wanted)] == ["B1"]
    assert len(web.studies(PatientID=None, StudyDescription="")) == 2


def test_names_are_found_in_any_script(orthanc: Orthanc, web: DicomWeb) -> None:
    _store(
        orthanc,
        ANNA,
        BEN,
        Made(name="Yamada^Tarou=山田^太郎=やまだ^たろう", patient="C1", charset="ISO_IR 192"),
    )
    for wanted in ("Ärlig*", "ärlig^anna", "*lig^A*", "?rlig^Anna"):
        assert [each.patient_id for each in web.studies(PatientName=wanted)] == ["A1"]
    assert web.studies(PatientName="Ürlig*") == web.studies(PatientName="Blank Ben") == []
    assert web.studies(PatientName="*^*", limit=1, offset=1) == web.studies()[1:2]
    assert [each.patient_id for each in web.studies(PatientName="山田*")] == ["C1"]
    assert [each.patient_name for each in web.studies(PatientID="C1")] == ["Yamada^Tarou"]


def test_series_and_objects_come_by_number(orthanc: Orthanc, web: DicomWeb) -> None:
    _store(orthanc, ANNA)
    (found,) = web.studies()
    first, second = web.series(found)
    assert (first.number, first.modality, first.description, first.instances) == (1, "CT", "Series 1", 3)
    assert first.study_uid == found.uid
    assert [each.number for each in web.instances(found, second)] == [1, 2, 3]
    assert web.series(found.uid, Modality="MR") == []
    assert web.series("1.2.3") == []


def test_a_long_list_comes_in_pages(orthanc: Orthanc, web: DicomWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maia_hub.imaging.web.PAGE", 3)
    _store(orthanc, *(Made(patient=f"P{n}", slices=1, size=8, seed=n) for n in range(7)))
    everybody = [each.patient_id for each in web.studies()]
    assert sorted(everybody) == [f"P{n}" for n in range(7)]
    assert [each.patient_id for each in web.studies(limit=4, offset=2)] == everybody[2:6]
    assert web.studies(limit=5, offset=7) == []


@pytest.mark.asyncio
async def test_async_code_asks_the_same_way(orthanc: Orthanc) -> None:
    _store(orthanc, BEN)
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login) as web:
        (found,) = await web.studies(Modality="MR")
        assert [each.modality for each in await web.series(found)] == ["MR"]


def test_a_wrong_password_is_said(orthanc: Orthanc) -> None:
    with (
        DicomWeb(orthanc.url, login=("maia", "wrong")) as web,
        pytest.raises(NotSignedIn, match="credentials"),
    ):
        web.studies()


def test_a_server_that_is_not_there_is_said() -> None:
    with DicomWeb("http://127.0.0.1:9/dicom-web", attempts=2) as web, pytest.raises(Unavailable) as told:
        web.studies()
    assert "127.0.0.1:9 does not answer" in told.value.message


def test_another_server_is_not_taken_for_one(orthanc: Orthanc) -> None:
    page = f"http://127.0.0.1:{orthanc.http_port}/app/explorer.html?"
    with (
        DicomWeb(page, login=orthanc.login) as web,
        pytest.raises(Unavailable, match="not a DICOMweb server"),
    ):
        web.studies()


@pytest.mark.parametrize("uid", ["", "..", "1.2/../3", "1." * 40, "1.2\n"])
def test_what_is_no_uid_asks_nothing(web: DicomWeb, uid: str) -> None:
    with pytest.raises(InvalidInput, match="not a DICOM UID"):
        web.series(uid)


def test_what_is_no_attribute_is_refused(web: DicomWeb) -> None:
    with pytest.raises(InvalidInput, match="Patient is not an attribute"):
        web.studies(Patient="x")


@pytest.mark.parametrize("url", ["pacs.example", "ftp://pacs", "http://me:secret@pacs/dicom-web"])
def test_an_address_with_a_password_or_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as told:
        DicomWeb(url)
    assert "secret" not in f"{told.value} {told.value.given}"


def test_a_series_is_found_by_its_uid_alone(orthanc: Orthanc, web: DicomWeb) -> None:
    _store(orthanc, ANNA, BEN)
    (one,) = web.studies(PatientID="A1")
    _, second = web.series(one)
    assert web.find_series(second.uid) == second
    with pytest.raises(NotFound, match="no such series"):
        web.find_series("1.2.3.4")


def test_a_series_that_two_studies_have_is_not_chosen_by_chance(orthanc: Orthanc, web: DicomWeb) -> None:
    copies = [next(study(ANNA)), next(study(ANNA))]
    for number, copy in enumerate(copies):
        copy.StudyInstanceUID = f"1.2.3.{number}"
        copy.StudyInstanceUID = UID(f"1.2.3.{number}")
        orthanc.store(copy)
    with pytest.raises(Conflict, match="Several studies"):
        web.find_series(copies[0].SeriesInstanceUID)
