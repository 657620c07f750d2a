"""Whose images are, as objects say it: a patient, nobody, or the one of another series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from pydicom import Dataset
from pydicom.uid import generate_uid

from maia_hub.imaging.reading import check_charset, quiet
from maia_hub.imaging.volumes import Stack

_COPIED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
)
_EVEN_EMPTY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PositionReferenceIndicator",
)
"""What an object has to have, be it empty."""


@dataclass(frozen=True)
class Patient:
    """A person as an object names them: ``name`` as DICOM writes it (``Doe^Jane``), ``birth_date`` as YYYYMMDD, ``sex``
    M, F or O.
    """

    name: str = ""
    id: str = ""
    birth_date: str = ""
    sex: str = ""


NOBODY = Patient()


def belonging(patient: Patient, like: Stack | None) -> Dataset:
    """Return the attributes that say whose an image is, of which study, and in whose coordinates."""
    made = _own(patient) if like is None else _copied(like)
    for keyword in _EVEN_EMPTY:
        if keyword not in made:
            setattr(made, keyword, "")
    return made


def _copied(like: Stack) -> Dataset:
    source = like.datasets[0]
    with quiet():
        check_charset(source, like.planes[0].source)
        made = Dataset()
        for keyword in _COPIED:
            if keyword in source:
                made[keyword] = source[keyword]
    if not made.get("FrameOfReferenceUID"):
        made.FrameOfReferenceUID = generate_uid(prefix=None)
    return made


def _own(patient: Patient) -> Dataset:
    now = datetime.now(timezone.utc)
    made = Dataset()
    made.PatientName, made.PatientID = patient.name, patient.id
    made.PatientBirthDate, made.PatientSex = patient.birth_date, patient.sex
    made.StudyInstanceUID, made.FrameOfReferenceUID = generate_uid(prefix=None), generate_uid(prefix=None)
    made.StudyDate, made.StudyTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    made.StudyID = "1"
    if patient == NOBODY:
        made.PatientName, made.PatientID = "Nobody^Known", f"NIFTI-{made.StudyInstanceUID[-8:]}"
        made.PatientIdentityRemoved = "YES"
        made.DeidentificationMethod = "Converted from NIfTI, which names nobody"
    return made
