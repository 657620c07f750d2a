"""What an image server has, and what became of a transfer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from maia_hub.core.errors import InvalidInput

_UID = re.compile(r"[0-9][0-9.]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Study:
    """One visit of a patient, as the server describes it; ``series`` and ``instances`` are counts, None: unknown."""

    uid: str
    patient_id: str = ""
    patient_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    date: date | None = None
    time: str = ""
    description: str = ""
    accession: str = ""
    modalities: tuple[str, ...] = ()
    series: int | None = None
    instances: int | None = None


@dataclass(frozen=True, kw_only=True)
class Series:
    """One acquisition or result in a study; ``instances`` is a count, None: unknown."""

    uid: str
    study_uid: str
    modality: str = ""
    number: int | None = None
    description: str = ""
    body_part: str = ""
    date: date | None = None
    time: str = ""
    instances: int | None = None


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One object of a series."""

    uid: str
    series_uid: str
    study_uid: str
    sop_class: str = ""
    number: int | None = None


@dataclass(frozen=True)
class Refused:
    """Something that was not taken: a file or an object, and why in plain words."""

    path: str
    reason: str


@dataclass
class Sent:
    """What became of what was to be sent.

    ``accepted`` and ``repeated`` are SOP instance UIDs: those that the server took now, and those that it had already
    or that came twice; ``refused`` names files.
    """

    accepted: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    bytes: int = 0


@dataclass
class Fetched:
    """What became of what was to be fetched.

    ``files`` are all files that are there now, ``accepted`` and ``repeated`` the SOP instance UIDs that came now and
    those that were there already; ``folders`` are the folders by series; ``refused`` names objects.
    """

    folder: Path
    folders: dict[str, Path] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    bytes: int = 0


def is_uid(text: object) -> bool:
    """Say whether a text can be a UID; leading zeros are tolerated, for real devices write them."""
    return isinstance(text, str) and _UID.fullmatch(text) is not None


def uid_of(given: Study | Series | str) -> str:
    """Return the UID of what is given as a record or as a UID.

    Raises:
        InvalidInput: it is no UID.
    """
    uid = given if isinstance(given, str) else given.uid
    if not is_uid(uid):
        raise InvalidInput("That is not a DICOM UID.", given=uid[:80], allowed="digits and dots, 64 at most")
    return uid
