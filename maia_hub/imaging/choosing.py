"""Which files are sent: whole DICOM objects, each once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from maia_hub.imaging.gathering import Found
from maia_hub.imaging.headers import Header, Unfit, identify
from maia_hub.imaging.records import Refused

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Item:
    """A file that can be sent, and what it is."""

    found: Found
    header: Header

    @property
    def uid(self) -> str:
        """Its SOP instance UID."""
        return self.header.uid


@dataclass(frozen=True, slots=True)
class Twice:
    """An object that came before, byte for byte, under another name."""

    uid: str


@dataclass(slots=True)
class _First:
    """Where an object came first; the hash of what was unpacked is taken then, for it does not stay."""

    found: Found
    hash: bytes | None = None

    def is_same(self, other: Found) -> bool:
        if self.found.size != other.size:
            return False
        if self.hash is None:
            self.hash = digest(self.found.path)
        return self.hash == digest(other.path)


class Choice:
    """Says of each file what becomes of it: sent, refused by name, or left out since the same came before.

    Two different objects under one UID are no repetition: the later one is refused, for a server keeps one of them.
    """

    def __init__(self) -> None:
        self._seen: dict[str, _First] = {}

    def of(self, found: Found | Refused) -> Item | Twice | Refused:
        """Return it; a file that is not to be sent has been let go of."""
        if isinstance(found, Refused):
            return found
        try:
            chosen = self._of(found, identify(found.path))
        except (Unfit, OSError) as error:
            chosen = Refused(found.name, str(error))
        if not isinstance(chosen, Item):
            found.leave()
        return chosen

    def _of(self, found: Found, header: Header) -> Item | Twice | Refused:
        first = self._seen.get(header.uid)
        if first is None:
            self._seen[header.uid] = _First(found, digest(found.path) if found.passing else None)
            return Item(found, header)
        if first.is_same(found):
            return Twice(header.uid)
        return Refused(found.name, f"has the UID of {first.found.name}, but is another object: {header.uid}")


def digest(path: Path) -> bytes:
    """Return the hash of a file's content."""
    with path.open("rb") as file:
        taken = hashlib.sha256()
        while block := file.read(_BLOCK):
            taken.update(block)
        return taken.digest()
