"""Other image servers that images are sent to, as the panel's form describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import AsyncDicomWeb, AsyncDimse, Sent
from maia_hub.imaging.progress import Tell

CALLING = "MAIA"
"""The AE title under which this server speaks to others."""


@dataclass(frozen=True)
class Node:
    """Where it is: by DIMSE host, port and AE title, or by DICOMweb an address."""

    by: Literal["dimse", "dicomweb"]
    host: str = ""
    port: int = 0
    aet: str = ""
    url: str = ""

    @classmethod
    def of(cls, given: object) -> Node:
        """Read what the form has sent.

        Raises:
            InvalidInput: something is missing or cannot be.
        """
        form: Mapping[str, Any] = given if isinstance(given, dict) else {}
        if form.get("by") == "dicomweb":
            return cls("dicomweb", url=str(form.get("url") or "").strip())
        host, aet = str(form.get("host") or "").strip(), str(form.get("aet") or "").strip()
        port = str(form.get("port") or "").strip()
        if not host or not aet:
            raise InvalidInput("A node has a host and an AE title.", given=host or aet)
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise InvalidInput("That is not a port.", given=port[:20], allowed="1 – 65535")
        return cls("dimse", host=host, port=int(port), aet=aet)

    async def echo(self) -> None:
        """Ask whether it answers; a `MaiaError` says why not."""
        if self.by == "dimse":
            await AsyncDimse(self.host, self.port, self.aet, calling=CALLING).echo()
            return
        async with AsyncDicomWeb(self.url, timeout=15, attempts=1) as web:
            await web.studies(limit=1)

    async def send(self, paths: Sequence[Path], told: Tell) -> Sent:
        """Send it files."""
        if self.by == "dimse":
            return await AsyncDimse(self.host, self.port, self.aet, calling=CALLING).send(
                paths, progress=told
            )
        async with AsyncDicomWeb(self.url) as web:
            return await web.send(paths, progress=told)
