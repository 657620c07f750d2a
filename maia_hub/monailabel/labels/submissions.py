"""One submission: what is said of a label besides its voxels, decided once and kept with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from pydicom.uid import generate_uid

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import Algorithm, Label, Person
from maia_hub.imaging.labels import Author
from maia_hub.imaging.records import is_uid
from maia_hub.monailabel.labels.naming import coded

_UNSPEAKABLE = re.compile(r"[\\=\x00-\x1f\x7f]+")
"""What a name in DICOM cannot hold: it would be read as another value, or another script."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A label of a series, by somebody, at a time.

    ``uid`` and ``series_uid`` are those of the segmentation object that it becomes; they never change, so that the same
    submission is recognised however often it is sent. ``tool`` is the version of MONAI Label; ``based_on`` the SOP
    instance UID of the version that it was drawn on, if that is known.
    """

    uid: str
    series_uid: str
    of: str
    labels: dict[int, Label]
    author: Author
    at: datetime
    tool: str = ""
    based_on: str = ""


SUBMISSION = TypeAdapter(Submission)
"""Submissions as JSON and back."""


def submission(
    of: str,
    labels: Mapping[int, Label | str],
    author: Author,
    *,
    at: datetime,
    tool: str = "",
    based_on: str = "",
) -> Submission:
    """Return a new submission of a label for the series ``of``.

    Raises:
        InvalidInput: a label has no code of SNOMED CT, the series' UID is none, or the time has no zone.
    """
    if not is_uid(of) or (based_on and not is_uid(based_on)):
        raise InvalidInput("A label is for a series, by its UID.", given=(based_on or of)[:80])
    if at.tzinfo is None:
        raise InvalidInput("The time of a submission wants its zone.", given=str(at))
    return Submission(
        uid=generate_uid(prefix=None),
        series_uid=generate_uid(prefix=None),
        of=of,
        labels=coded(labels),
        author=_signing(author),
        at=at,
        tool=tool,
        based_on=based_on,
    )


def _signing(author: Author) -> Author:
    if isinstance(author, Person):
        return _person(author)
    return Algorithm(
        _words(author.name), _words(author.version), None if author.by is None else _person(author.by)
    )


def _person(person: Person) -> Person:
    return Person(_words(person.name), _words(person.account), _words(person.institution))


def _words(text: str) -> str:
    """Return a text as an attribute of DICOM can hold it."""
    return " ".join(_UNSPEAKABLE.sub(" ", text).split())[:64].strip()
