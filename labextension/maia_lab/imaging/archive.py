"""The project's image archive: where it is, as the environment of its tools tells."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maia_hub.core.errors import Unavailable
from maia_lab.tools.place import Place

URL_ENV = "MAIA_DICOMWEB_URL"
_STARTS = "Start the image archive in the panel “Project”, or name one by the variable MAIA_DICOMWEB_URL."


@dataclass(frozen=True)
class Archive:
    """Its DICOMweb address, and where it listens for C-STORE; ``token`` is only ever for the project's own door."""

    url: str
    token: str | None = field(default=None, repr=False)
    host: str = ""
    port: str = ""
    aet: str = ""

    @property
    def storescu(self) -> str:
        """A line for a terminal that sends a folder with DCMTK; empty where nothing listens."""
        if not (self.host and self.port and self.aet):
            return ""
        aet, host, port = (shlex.quote(each) for each in (self.aet, self.host, self.port))
        return f"storescu --scan-directories --recurse -aec {aet} {host} {port} FOLDER"

    def view(self) -> dict[str, Any]:
        """Return what the panel shows of it."""
        return {"host": self.host, "port": self.port, "aet": self.aet, "storescu": self.storescu}


def told(values: Mapping[str, str], place: Place | None) -> Archive | None:
    """Return the archive that an environment names; None if it names none."""
    url = values.get(URL_ENV, "")
    if not url:
        return None
    ours = place is not None and url.startswith(f"{place.url}/")
    return Archive(
        url,
        place.token if place and ours else None,
        *(values.get(f"MAIA_DICOM_{name}", "") for name in ("HOST", "PORT", "AET")),
    )


def here() -> Archive:
    """Return the archive that this process's own environment names: that of a kernel.

    Raises:
        Unavailable: it names none.
    """
    found = told(os.environ, Place.from_environment())
    if found is None:
        raise Unavailable("This project has no image archive that runs.", advice=_STARTS)
    return found


async def of_server() -> Archive:
    """Return the archive of a server: what its own environment names, else what the project's tools tell now.

    Raises:
        Unavailable: there is none, or the tools do not answer.
    """
    place = Place.from_environment()
    if place is None or os.environ.get(URL_ENV):
        return here()
    from maia_lab.tools.door import Door  # noqa: PLC0415 - a kernel needs none

    found = told((await Door(place).environment()).values, place)
    if found is None:
        raise Unavailable(f"The project {place.project} has no image archive that runs.", advice=_STARTS)
    return found
