"""Other image servers that images are sent to, as the panel's form or a file describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from maia_hub.core.errors import Forbidden, InvalidInput, NotSignedIn
from maia_hub.imaging import AsyncDicomWeb, AsyncDimse, Sent
from maia_hub.imaging.progress import Tell

CALLING = "MAIA"
"""The AE title under which this server speaks to others."""


@dataclass(frozen=True)
class Node:
    """Where it is: by DIMSE host, port and AE title, or by DICOMweb an address, and what signs in there."""

    by: Literal["dimse", "dicomweb"]
    host: str = ""
    port: int = 0
    aet: str = ""
    url: str = ""
    login: tuple[str, str] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> Node:
        """Read what the form has sent, which never has credentials.

        Raises:
            InvalidInput: something is missing or cannot be.
        """
        if form.get("by") == "dicomweb":
            return cls("dicomweb", url=str(form.get("url") or "").strip())
        host, aet = str(form.get("host") or "").strip(), str(form.get("aet") or "").strip()
        port = str(form.get("port") or "").strip()
        if not host or not aet:
            raise InvalidInput("A node has a host and an AE title.", given=host or aet)
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise InvalidInput("That is not a port.", given=port[:20], allowed="1 – 65535")
        return cls("dimse", host=host, port=int(port), aet=aet)

    @property
    def where(self) -> str:
        """Say where it is, without anything secret."""
        return self.url or f"{self.aet} at {self.host}:{self.port}"

    async def echo(self) -> None:
        """Ask whether it answers; a `MaiaError` says why not."""
        if self.by == "dimse":
            await self._dimse().echo()
            return
        async with AsyncDicomWeb(self.url, self.token, login=self.login, timeout=15, attempts=1) as web:
            with _signing_in():
                await web.studies(limit=1)

    async def send(self, paths: Sequence[Path], told: Tell) -> Sent:
        """Send it files."""
        if self.by == "dimse":
            return await self._dimse().send(paths, progress=told)
        async with AsyncDicomWeb(self.url, self.token, login=self.login) as web:
            with _signing_in():
                return await web.send(paths, progress=told)

    def _dimse(self) -> AsyncDimse:
        return AsyncDimse(self.host, self.port, self.aet, calling=CALLING)


@contextmanager
def _signing_in() -> Iterator[None]:
    """Say what to do where a node wants credentials, or others."""
    try:
        yield
    except NotSignedIn as e:
        what = "url, and user and password, or token"
        advice = f"Write a file ~/.maia/nodes/NAME.yaml that only you can read, with {what}."
        raise Forbidden(e.message, advice=advice) from e
