"""Answers in the DICOM JSON model (PS3.18 annex F), read without trusting them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from maia_hub.imaging.queries import tag
from maia_hub.imaging.records import Instance, Series, Study, is_uid

_FORMS = ("Alphabetic", "Ideographic", "Phonetic")
"""What a person's name is written in."""


class Answer:
    """One object of an answer, read by keyword."""

    def __init__(self, found: object) -> None:
        self._found = found if isinstance(found, Mapping) else {}

    def values(self, keyword: str) -> list[Any]:
        """Return all values of an attribute."""
        element = self._found.get(tag(keyword))
        values = element.get("Value") if isinstance(element, Mapping) else None
        return [value for value in values if value is not None] if isinstance(values, list) else []

    def text(self, keyword: str) -> str:
        """Return the first value as text, of a person's name the alphabetic form or else another."""
        return next((form for form in self.texts(keyword) if form), "")

    def texts(self, keyword: str) -> list[str]:
        """Return all values as texts, of a person's name every form."""
        found: list[str] = []
        for value in self.values(keyword):
            forms = [value.get(form) for form in _FORMS] if isinstance(value, Mapping) else [value]
            found += [str(form) for form in forms if form is not None]
        return found

    def number(self, keyword: str) -> int | None:
        """Return the first value as a whole number."""
        try:
            return int(self.text(keyword))
        except ValueError:
            return None

    def date(self, keyword: str) -> date | None:
        """Return the first value as a date."""
        return as_date(self.text(keyword))

    def items(self, keyword: str) -> list[Answer]:
        """Return the items of a sequence."""
        return [Answer(item) for item in self.values(keyword)]


def as_date(text: str) -> date | None:
    """Return DICOM's date, as the old standard wrote it too; None for anything else."""
    try:
        return datetime.strptime(text.strip().replace(".", ""), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def studies(found: Iterable[object]) -> list[Study]:
    """Return the studies of an answer; those without a UID are none."""
    answers = [Answer(each) for each in found]
    return [
        Study(
            uid=each.text("StudyInstanceUID"),
            patient_id=each.text("PatientID"),
            patient_name=each.text("PatientName"),
            birth_date=each.date("PatientBirthDate"),
            sex=each.text("PatientSex"),
            date=each.date("StudyDate"),
            time=each.text("StudyTime"),
            description=each.text("StudyDescription"),
            accession=each.text("AccessionNumber"),
            modalities=tuple(each.texts("ModalitiesInStudy")),
            series=each.number("NumberOfStudyRelatedSeries"),
            instances=each.number("NumberOfStudyRelatedInstances"),
        )
        for each in answers
        if is_uid(each.text("StudyInstanceUID"))
    ]


def series(found: Iterable[object], study_uid: str = "") -> list[Series]:
    """Return the series of an answer about one study, or about those that each of them names."""
    answers = [Answer(each) for each in found]
    return [
        Series(
            uid=each.text("SeriesInstanceUID"),
            study_uid=study_uid or each.text("StudyInstanceUID"),
            modality=each.text("Modality"),
            number=each.number("SeriesNumber"),
            description=each.text("SeriesDescription"),
            body_part=each.text("BodyPartExamined"),
            date=each.date("SeriesDate"),
            time=each.text("SeriesTime"),
            instances=each.number("NumberOfSeriesRelatedInstances"),
        )
        for each in answers
        if is_uid(each.text("SeriesInstanceUID"))
    ]


def instances(found: Iterable[object], study_uid: str, series_uid: str = "") -> list[Instance]:
    """Return the objects of an answer about one series, or about those that each of them names."""
    answers = [Answer(each) for each in found]
    return [
        Instance(
            uid=each.text("SOPInstanceUID"),
            series_uid=series_uid or each.text("SeriesInstanceUID"),
            study_uid=study_uid,
            sop_class=each.text("SOPClassUID"),
            number=each.number("InstanceNumber"),
        )
        for each in answers
        if is_uid(each.text("SOPInstanceUID"))
    ]
