"""Questions to a DICOM node by C-FIND."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom.association import Association
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind  # type: ignore[attr-defined]

from maia_hub.core.errors import Unavailable
from maia_hub.imaging.associations import Node, ends

FIND = StudyRootQueryRetrieveInformationModelFind
_PENDING = (0xFF00, 0xFF01)
_CANCELLED = 0xFE00


def find(
    opened: Association,
    node: Node,
    level: str,
    wanted: Mapping[str, str],
    told: list[str],
    *,
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Return the matches at a level (STUDY, SERIES, IMAGE) in the DICOM JSON model, ``most`` at the most.

    Raises:
        Broken: the association ended meanwhile.
        Unavailable: the node cannot answer.
    """
    found: list[dict[str, Any]] = []
    question = _question(level, wanted, told)
    for status, answer in opened.send_c_find(question, FIND):
        if "Status" not in status:
            raise ends(node)
        if status.Status in _PENDING and answer is not None:
            if most is None or len(found) < most:
                found.append(answer.to_json_dict(suppress_invalid_tags=True))
                if len(found) == most:
                    opened.send_c_cancel(1, query_model=FIND)
        elif status.Status not in (0, _CANCELLED):
            words = str(status.get("ErrorComment", ""))[:120]
            raise Unavailable(f"{node} cannot answer the query (code {status.Status:04X}) {words}".strip())
    return found


def _question(level: str, wanted: Mapping[str, str], told: list[str]) -> Dataset:
    """Return what is asked: in UTF-8, so that any script can be."""
    question = Dataset()
    question.SpecificCharacterSet = "ISO_IR 192"
    question.QueryRetrieveLevel = level
    for keyword in told:
        setattr(question, keyword, None)
    for keyword, text in wanted.items():
        setattr(question, keyword, text)
    return question
