"""The project's images for the viewer of a MONAI Label, where the tools have an origin that its page cannot ask."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from maia_hub.core.errors import Unavailable
from maia_hub.monailabel.images import RELAYED
from maia_lab.imaging import archive
from maia_lab.imaging.archive import Archive
from maia_lab.monailabel.tickets import Person

BELOW = f"{RELAYED}/"
_KNOWN_FOR = 10.0
"""Seconds for which an archive is not looked for again: a viewer asks for each image by itself."""


@dataclass(frozen=True)
class OfArchive:
    """What answers for images: the archive, asked as the owner of this workspace."""

    archive: Archive

    @property
    def url(self) -> str:
        """Its DICOMweb address."""
        return self.archive.url.rstrip("/")

    def headers(self, _person: Person) -> Mapping[str, str]:
        """Return what signs in there."""
        return {"Authorization": f"Bearer {self.archive.token}"} if self.archive.token else {}

    def silent(self, why: str) -> Unavailable:
        """Return the error for no answer."""
        return Unavailable(
            "The project's image archive does not answer now.",
            given=why,
            advice="Try again in a moment; the panel “Project” says how it fares.",
        )


class Relay:
    """Finds the archive, and remembers it for a while."""

    def __init__(self) -> None:
        self._found: OfArchive | None = None
        self._since = 0.0

    async def archive(self) -> OfArchive:
        """Return the project's archive.

        Raises:
            Unavailable: there is none that runs.
        """
        if self._found is None or time.monotonic() - self._since > _KNOWN_FOR:
            self._found = OfArchive(await archive.of_server())
            self._since = time.monotonic()
        return self._found
