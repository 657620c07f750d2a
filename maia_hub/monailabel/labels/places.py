"""Where the labels of a server wait: in its folder, an outbox for each address of images that it has served."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from maia_hub.core.errors import NotFound, Unavailable
from maia_hub.core.files import replace_whole
from maia_hub.monailabel.labels.handed import Handed
from maia_hub.monailabel.labels.outbox import Outbox
from maia_hub.monailabel.state import Folder, folders

_WHERE = "where.json"


@dataclass(frozen=True)
class Images:
    """An image server by its address, and the file with a token for it, if it wants one."""

    address: str
    token: str | None = None


@dataclass(frozen=True)
class Place:
    """An outbox, the image server that its labels are for, and the server of MONAI Label that they come from."""

    name: str
    outbox: Outbox
    images: Images

    @property
    def handed(self) -> Handed:
        """What that server hands over."""
        return handed(self.name)


class FileToken(httpx.Auth):
    """Shows what a file holds at that moment."""

    def __init__(self, file: str) -> None:
        self._file = Path(file)

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        """Add it to a request.

        Raises:
            Unavailable: it cannot be read.
        """
        try:
            token = self._file.read_text(encoding="utf-8").strip()
        except OSError as e:
            raise Unavailable(
                f"The file with the token for the images cannot be read: {e.strerror}.", given=self._file
            ) from e
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


def handed(name: str) -> Handed:
    """Return what a server hands over."""
    return Handed(Folder(name).root / "handed")


def place(name: str) -> Place:
    """Return where the labels wait that are submitted to a server now.

    Raises:
        NotFound: there is no such server, or its images are a folder: labels stay there, and are sent nowhere.
    """
    known = Folder(name).known()
    if known is None:
        raise NotFound("There is no server of MONAI Label of that name.", given=name)
    if not known.wish.modalities:
        raise NotFound(
            "The images of this MONAI Label are a folder: its labels are files there, and are sent nowhere.",
            given=name,
            advice="Give MONAI Label the address of an image server to have labels sent as versions.",
        )
    images = Images(known.wish.images, known.wish.token)
    made = Outbox(_folder(name) / hashlib.sha256(images.address.encode()).hexdigest()[:16])
    said = json.dumps(asdict(images))
    if _said(made.folder) != images:
        replace_whole(made.folder / _WHERE, said)
    return Place(name, made, images)


def places() -> list[Place]:
    """Return where labels wait, or have waited."""
    found = []
    for each in folders():
        for folder in sorted(_folder(each.name).glob(f"*/{_WHERE}")):
            images = _said(folder.parent)
            if images is not None:
                found.append(Place(each.name, Outbox(folder.parent), images))
    return found


def _folder(name: str) -> Path:
    return Folder(name).root / "labels"


def _said(folder: Path) -> Images | None:
    try:
        return Images(**json.loads((folder / _WHERE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
