"""Labels as MONAI Label's own process hands them over, kept in an outbox: each once, by the UID it has from there."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from maia_hub.core.errors import InvalidInput, MaiaError, NotFound
from maia_hub.imaging import Person
from maia_hub.imaging.masks import read_mask
from maia_hub.monailabel.environment import VERSION
from maia_hub.monailabel.labels.outbox import Kept, Outbox
from maia_hub.monailabel.labels.submissions import submission

PLATFORM = "MAIA Hub"
"""The institution of which accounts are, as DICOM wants one with each."""
_MASK, _SAID = "mask.nii.gz", "said.json"
_UID = re.compile(r"2\.25\.[0-9]{1,39}")
_NAMELESS = "Say the names in order: label_info: [{“name”: “spleen”, “idx”: 1}]."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Said:
    """What was said of a label that was handed over; ``images`` is the address that they are at, ``near`` a folder."""

    of: str
    near: str
    images: str
    person: str
    at: datetime
    info: Mapping[str, Any]


_ADAPTER = TypeAdapter(Said)


class Handed:
    """The folder of a server in which they wait to be taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def uids(self) -> list[str]:
        """Return those that wait, the oldest first."""
        found = [path for path in self._folder.glob("2.25.*") if _UID.fullmatch(path.name)]
        return [path.name for path in sorted(found, key=lambda each: each.stat().st_mtime_ns)]

    def said(self, uid: str) -> Said:
        """Return what was said of one.

        Raises:
            NotFound: it is not there, or no longer.
            InvalidInput: it cannot be read.
        """
        try:
            if not _UID.fullmatch(uid):
                raise FileNotFoundError
            return _ADAPTER.validate_python(json.loads((self._folder / uid / _SAID).read_bytes()))
        except FileNotFoundError as e:
            raise NotFound("No such label was handed over.", given=uid[:64]) from e
        except (OSError, ValueError, ValidationError) as e:
            raise InvalidInput(f"What was said of the label cannot be read: {e}"[:300]) from e

    def keep(self, uid: str, outbox: Outbox) -> Kept:
        """Keep one in the outbox, unless it is kept there already; it stays here until it is let go of.

        Raises:
            NotFound: it is not there, or no longer.
            InvalidInput: it is empty, not all of it has a name, or a name has no code.
            Unavailable: it cannot be written.
        """
        said, mask = self.said(uid), self._folder / uid / _MASK
        kept = next((each for each in outbox.kept() if each.what.uid == uid), None)
        if kept is not None:
            return kept
        read = read_mask(mask)
        author = Person(said.person, said.person, PLATFORM) if said.person else Person("unknown")
        what = submission(
            said.of, named(read.values, said.info.get("label_info")), author, at=said.at, tool=VERSION
        )
        return outbox.keep(replace(what, uid=uid), mask, Path(said.near) if said.near else None)

    def let_go(self, uid: str) -> None:
        """Forget one."""
        if _UID.fullmatch(uid):
            shutil.rmtree(self._folder / uid, ignore_errors=True)

    def sweep(self, outbox: Outbox, images: str) -> list[Kept]:
        """Keep what a process that was killed has left of the images at an address; what cannot be kept stays."""
        kept = []
        for uid in self.uids():
            try:
                if self.said(uid).images != images:
                    continue
                kept.append(self.keep(uid, outbox))
                self.let_go(uid)
            except MaiaError as e:
                _log.error("a label that was handed over cannot be kept: %s: %s", uid, e.message)
        return kept


def named(values: Sequence[int], info: object) -> dict[int, str]:
    """Return the name of each number of a mask by what programs send with it.

    They send names in the order of the numbers, and with each an ``idx``; 3D Slicer's plug-in counts segments there
    that it leaves out of the mask. What the two ways of reading make different names of is refused.

    Raises:
        InvalidInput: a number has no name, or might have two.
    """
    entries = [each for each in info if isinstance(each, Mapping)] if isinstance(info, list) else []
    names = [str(each.get("name", "")).strip() for each in entries]
    by_place = {number: name for number, name in enumerate(names, 1) if name}
    by_number = {
        each["idx"]: name
        for each, name in zip(entries, names, strict=True)
        if name and isinstance(each.get("idx"), int)
    }
    readings = [dict(each) for each in (by_place, by_number) if values and set(values) <= set(each)]
    chosen = [{value: each[value] for value in values} for each in readings]
    if not values:
        return by_place or {1: "unknown"}
    if not chosen:
        raise InvalidInput(
            f"It is not said what {', '.join(map(str, values[:10]))} of the label stand for.",
            given=names[:20] or "no names",
            advice=_NAMELESS,
        )
    if any(each != chosen[0] for each in chosen):
        raise InvalidInput(
            "It is not clear which number of the label has which name.",
            given=[f"{each.get('idx')}: {name}" for each, name in zip(entries, names, strict=True)][:20],
            advice="Remove segments that are no label, such as “background”, or draw all of them. "
            + _NAMELESS,
        )
    return chosen[0]
