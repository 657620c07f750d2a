"""The versions that an image server has of a series' labels: who, when, from which model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydicom.valuerep import DT

from maia_hub.imaging import AsyncDicomWeb, Instance, Series
from maia_hub.imaging.dicomjson import Answer
from maia_hub.monailabel.labels.objects import MAIA, MONAI, Before

_NUMBERED = re.compile(r"VERSION ([1-9][0-9]{0,8})")
_TOGETHER = 4


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a series' labels.

    ``number`` is None for an object of another program. ``author`` is the person, empty for a prediction as it came;
    ``model`` and ``model_version`` what predicted it or what the person corrected. ``before`` is the SOP instance UID
    of the version that it came after.
    """

    uid: str
    series_uid: str
    study_uid: str
    of: str
    number: int | None
    labels: tuple[str, ...]
    description: str = ""
    author: str = ""
    account: str = ""
    model: str = ""
    model_version: str = ""
    at: datetime | None = None
    before: str = ""
    tool: str = ""
    software: str = ""

    @property
    def by_a_person(self) -> bool:
        """Whether a person drew or corrected it."""
        return bool(self.author)


class Versions:
    """Looks for versions; what an object says is read once, for it never changes."""

    def __init__(self, web: AsyncDicomWeb) -> None:
        self._web = web
        self._read: dict[str, Version | None] = {}

    async def of(self, series: Series) -> list[Version]:
        """Return the versions of a series' labels, the oldest first; two of the same number by their time."""
        found = await self.in_study(series.study_uid)
        return sorted((each for each in found if each.of == series.uid), key=_order)

    async def in_study(self, study_uid: str) -> list[Version]:
        """Return the versions of all labels of a study."""
        there = await self._web.instances(study_uid, Modality="SEG")
        gate = asyncio.Semaphore(_TOGETHER)
        await asyncio.gather(*(self._learn(each, gate) for each in there if each.uid not in self._read))
        known = (self._read[each.uid] for each in there)
        return [each for each in known if each is not None]

    async def _learn(self, instance: Instance, gate: asyncio.Semaphore) -> None:
        async with gate:
            self._read[instance.uid] = version(await self._web.metadata(instance))


async def versions(web: AsyncDicomWeb, series: Series | str) -> list[Version]:
    """Return the versions of a series' labels, the oldest first.

    Raises:
        NotFound: the server has no such series.
        Unavailable: it does not answer.
    """
    found = series if isinstance(series, Series) else await web.find_series(series)
    return await Versions(web).of(found)


def following(found: list[Version], based_on: str = "") -> tuple[int, Before | None]:
    """Return the number of the next version, and what it comes after: the one it was drawn on, or the newest."""
    numbered = [each for each in found if each.number is not None]
    number = max((each.number or 0 for each in numbered), default=0) + 1
    named = next((each for each in found if each.uid == based_on), None)
    last = named or (numbered[-1] if numbered else None)
    return number, None if last is None else Before(last.uid, last.series_uid)


def version(said: Mapping[str, object]) -> Version | None:
    """Return what an object's attributes (DICOM JSON model) say of it; None if they name no series that it is of."""
    answer = Answer(said)
    of = next((each.text("SeriesInstanceUID") for each in answer.items("ReferencedSeriesSequence")), "")
    if not of:
        return None
    number = _NUMBERED.fullmatch(answer.text("ContentLabel"))
    segments = answer.items("SegmentSequence")
    model = next(
        (each for seg in segments for each in seg.items("SegmentationAlgorithmIdentificationSequence")), None
    )
    makers = {
        each.text("ManufacturerModelName"): each for each in answer.items("ContributingEquipmentSequence")
    }
    return Version(
        uid=answer.text("SOPInstanceUID"),
        series_uid=answer.text("SeriesInstanceUID"),
        study_uid=answer.text("StudyInstanceUID"),
        of=of,
        number=int(number[1]) if number and MAIA[1] in makers else None,
        labels=tuple(each.text("SegmentLabel") for each in segments),
        description=answer.text("SeriesDescription"),
        author=answer.text("ContentCreatorName"),
        account=_account(answer),
        model=model.text("AlgorithmName") if model else "",
        model_version=model.text("AlgorithmVersion") if model else "",
        at=_at(makers.get(MAIA[1])),
        before=_before(answer),
        tool=_software(makers.get(MONAI[1])),
        software=_software(makers.get(MAIA[1])),
    )


def _account(answer: Answer) -> str:
    codes = [
        code
        for each in answer.items("ContentCreatorIdentificationCodeSequence")
        for code in each.items("PersonIdentificationCodeSequence")
    ]
    return next((code.text("CodeValue") or code.text("LongCodeValue") for code in codes), "")


def _before(answer: Answer) -> str:
    named = answer.items("ReferencedInstanceSequence")
    return named[0].text("ReferencedSOPInstanceUID") if named else ""


def _software(part: Answer | None) -> str:
    return "" if part is None else part.text("SoftwareVersions")


def _at(part: Answer | None) -> datetime | None:
    try:
        said = None if part is None else DT(part.text("ContributionDateTime"))
    except ValueError:
        return None
    return None if said is None else datetime.combine(said.date(), said.timetz())


def _order(each: Version) -> tuple[int, float, str]:
    return each.number or 0, each.at.timestamp() if each.at else 0.0, each.uid
