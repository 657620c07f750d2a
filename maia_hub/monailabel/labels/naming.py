"""What labels are in SNOMED CT: by the names that apps of MONAI Label give them, or by codes that are given.

The names of `maia_hub.imaging.ORGANS` come first, then the meanings in DICOM's own lists of what a segment may be
(PS3.16, context group 7151 and those that it includes), which pydicom has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import ORGANS, Code, Label
from maia_hub.imaging.labels import ABNORMAL, ANATOMY, LEFT, RIGHT, SUBSTANCE, TISSUE, label

OBJECT = Code("260787004", "Physical object")
_GROUPS = (
    ("cid7192", ANATOMY),
    ("cid4031", ANATOMY),
    ("cid7159", ABNORMAL),
    ("cid7166", TISSUE),
    ("cid7197", SUBSTANCE),
    ("cid7193", OBJECT),
)
"""Context groups of PS3.16 and the category of what they hold; the first that has a meaning counts."""
_SIDES = {"left": LEFT, "right": RIGHT}
_BACKGROUND = "background"
_LONGEST = 64


def coded(labels: Mapping[int, Label | str]) -> dict[int, Label]:
    """Return what each number of a mask stands for, with its code; 0 and a background stand for nothing.

    Raises:
        InvalidInput: a name is known to no table and comes without a code.
    """
    named = {
        int(number): each
        for number, each in labels.items()
        if number and not (isinstance(each, str) and each.strip().casefold() == _BACKGROUND)
    }
    unknown = [each for each in named.values() if isinstance(each, str) and known(each) is None]
    if unknown:
        near = {name for each in unknown for name in get_close_matches(_plain(each), [*ORGANS, *_meanings()])}
        raise InvalidInput(
            f"No code of SNOMED CT is known for {', '.join(repr(each[:_LONGEST]) for each in unknown[:5])}.",
            given=[each[:_LONGEST] for each in unknown[:5]],
            allowed=sorted(near) or None,
            advice="Name it as DICOM's lists do (PS3.16, CID 7151), or give its code of SNOMED CT.",
        )
    return {
        number: each if isinstance(each, Label) else _known(each) for number, each in sorted(named.items())
    }


def known(name: str) -> Label | None:
    """Return a name with its code; None for one that no table has."""
    plain = _plain(name)
    found = label(plain)
    if not plain or len(name) > _LONGEST:
        return None
    if found.kind != TISSUE or plain in ORGANS:
        return Label(name, found.kind, found.category, found.side)
    entry = _meanings().get(plain) or _meanings().get(f"{plain} vertebra")
    if entry is not None:
        return Label(name, entry[0], entry[1])
    return _sided(name, plain)


def _sided(name: str, plain: str) -> Label | None:
    """Return what has a side in its name: ``left kidney`` or ``kidney left``."""
    words = plain.split()
    for at in (0, -1):
        side = _SIDES.get(words[at]) if len(words) > 1 else None
        rest = " ".join(words[1:] if at == 0 else words[:-1])
        whole = None if side is None or _SIDES.keys() & set(rest.split()) else known(rest)
        if whole is not None and whole.category == ANATOMY:
            return Label(name, whole.kind, whole.category, side)
    return None


def _known(name: str) -> Label:
    found = known(name)
    assert found is not None
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


@cache
def _meanings() -> dict[str, tuple[Code, Code]]:
    """Return codes and categories by meaning."""
    found: dict[str, tuple[Code, Code]] = {}
    for group, category in _GROUPS:
        for each in _codes(group):
            found.setdefault(_plain(each.meaning), (Code(each.value, each.meaning), category))
    return found


def _codes(group: str) -> Iterator[Any]:
    from pydicom.sr.codedict import codes  # noqa: PLC0415 - seconds' worth of tables

    held: Any = getattr(codes, group)
    for keyword in held.dir():
        code = getattr(held, keyword)
        if code.scheme_designator == "SCT":
            yield code
