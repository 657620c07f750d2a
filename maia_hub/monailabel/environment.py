"""The environment that MONAI Label has for itself: made once for a user, shared by all her servers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maia_hub.core.errors import Unavailable
from maia_hub.tools.launch import PythonPackage
from maia_hub.tools.local.commands import Say
from maia_hub.tools.local.installing import install, place_of

VERSION = "0.8.5"
TITLE = "MONAI Label"
_KIND = "monailabel"
_ROOM = 8_000_000_000  # bytes: what it holds, and the archives of one part
_PARTS = 8
PACKAGE = PythonPackage(_KIND, parts=_PARTS, room=_ROOM)
"""What it is made of. The pins hold one another up: monai 1.6 breaks its inference, pydicom 3 its segmentations.

PyTorch is the build with CUDA, which works without a GPU, too. SAM 2 is left out: it is built beside a second PyTorch.
"""


@dataclass(frozen=True, slots=True)
class Environment:
    """A folder that holds the environment, whole."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter in which MONAI Label can be imported."""
        return self.folder / "bin" / "python"

    @property
    def apps(self) -> Path:
        """The sample apps that come with it."""
        return self.folder / "monailabel" / "sample-apps"

    @property
    def ohif(self) -> Path:
        """The viewer that comes with it, built for the path ``/ohif/``."""
        return self._package / "endpoints" / "static" / "ohif"

    @property
    def _package(self) -> Path:
        found = list(self.folder.glob("lib/python3.*/site-packages/monailabel"))
        if len(found) != 1:
            raise Unavailable(
                "MONAI Label's environment is not whole.",
                given=str(self.folder),
                advice="Remove that folder; the next start makes it anew.",
            )
        return found[0]


def place() -> Path:
    """Return where the environment is, or will be."""
    return place_of(_KIND, VERSION, PACKAGE)


def prepared() -> Environment | None:
    """Return the environment if it is there already."""
    there = place()
    return Environment(there) if there.exists() else None


async def prepare(say: Say = lambda *_: None) -> Environment:
    """Return the environment, made first where it is not there yet; ``say`` is told how far that is.

    Raises:
        Unavailable: the disk has no room, or what it is made of cannot be fetched.
    """
    return Environment(await install(_KIND, TITLE, VERSION, PACKAGE, say))
