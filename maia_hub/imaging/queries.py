"""What studies are asked for: keywords of DICOM and their values, the same for both protocols."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from pydicom.datadict import tag_for_keyword

from maia_hub.core.errors import InvalidInput

Wanted = str | int | date | tuple[date | None, date | None]
"""A value to match: text with `*` and `?`, a date, or the first and the last date of a range."""

STUDY = [
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "AccessionNumber",
    "ModalitiesInStudy",
    "NumberOfStudyRelatedSeries",
    "NumberOfStudyRelatedInstances",
]
SERIES = [
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "SeriesNumber",
    "SeriesDescription",
    "BodyPartExamined",
    "SeriesDate",
    "SeriesTime",
    "NumberOfSeriesRelatedInstances",
]
INSTANCE = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "InstanceNumber"]


def matching(wanted: Mapping[str, Wanted | None], *, of_studies: bool = False) -> dict[str, str]:
    """Return the texts to match by keyword; what is None or empty asks for nothing.

    Of studies, ``Modality`` asks for those that have a series of it.

    Raises:
        InvalidInput: a keyword is not one of DICOM.
    """
    found = {}
    for keyword, value in wanted.items():
        if tag_for_keyword(keyword) is None:
            raise InvalidInput(
                f"{keyword} is not an attribute of DICOM.", given=keyword, allowed=[*STUDY, "Modality"]
            )
        text = _text(value)
        if text:
            renamed = of_studies and keyword == "Modality"
            found["ModalitiesInStudy" if renamed else keyword] = text
    return found


_IN_ADDRESSES = re.compile(r"[^A-Za-z0-9\-._~*:@!$'(),;/]+")
"""What an address cannot hold as it is."""


def broadened(text: str) -> str:
    """Return a text to ask for by an address that finds at least what is wanted.

    Orthanc's DICOMweb takes `%2A` and `%20` for what they look like, and `?` for one byte of any script, so nothing
    that an address would have to escape is sent: any text may stand in its place, and `fits` picks what was meant.
    """
    return re.sub(r"\*+", "*", _IN_ADDRESSES.sub("*", text))


def fits(text: str, values: Iterable[str]) -> bool:
    """Say whether one of the values is what is asked for, with `*` and `?`, in upper or lower case."""
    parts = (
        ".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", text)
    )
    pattern = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return any(pattern.fullmatch(value.strip()) for value in values)


@cache
def tag(keyword: str) -> str:
    """Return an attribute's eight hexadecimal digits."""
    number = tag_for_keyword(keyword)
    assert number is not None
    return f"{number:08X}"


def _text(value: Wanted | None) -> str:
    if isinstance(value, tuple):
        return "-".join(_text(end) for end in value) if any(value) else ""
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    return "" if value is None else str(value).strip()
