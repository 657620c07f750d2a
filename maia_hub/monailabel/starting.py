"""What somebody asks to be served, made into a server: what a command, a magic and a panel have in common."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from maia_hub.core.errors import InvalidInput, MaiaError, NotFound
from maia_hub.monailabel import apps, server
from maia_hub.monailabel.environment import Environment, prepare
from maia_hub.monailabel.images import RELAYED, images
from maia_hub.monailabel.server import Say, Server
from maia_hub.monailabel.state import DEVICES, Device, Wish, home

_LOOK = 0.1
_ORIGIN_ENV = "MAIA_TOOLS_ORIGIN"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be served, as it is said.

    ``images`` is a folder or an address of DICOMweb, ``token`` a file with a token for that; ``app`` is ``radiology``
    or the folder of a bundle or an app; ``weights``: fetch those that others have trained; ``or_cpu``: go on without a
    GPU when the session ends.
    """

    images: str
    app: str = apps.RADIOLOGY
    models: Sequence[str] = ()
    token: Path | None = None
    weights: bool = False
    device: str = "any"
    or_cpu: bool = False
    name: str | None = None


@dataclass(frozen=True)
class Place:
    """Where people come from: the path of the workspace's Jupyter server and that of the project's DICOMweb, if any.

    ``apart``: the images are at an origin of their own, which a page of the workspace cannot ask.
    """

    workspace: str = ""
    dicomweb: str = ""
    apart: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Place:
        """Return where this process is, as its environment tells."""
        images = urlsplit(environ.get("MAIA_DICOMWEB_URL", "")).path
        return cls(environ.get("JUPYTERHUB_SERVICE_PREFIX", ""), images, is_apart(environ))

    def door(self, name: str) -> str:
        """Return the path at which that Jupyter server lets people in; empty where there is none."""
        return f"{self.workspace.rstrip('/')}/maia/monailabel/{name}/open" if self.workspace else ""

    def images(self, name: str) -> str:
        """Return the path at which the viewer of a MONAI Label finds the project's images; empty if it has none."""
        door = self.door(name)
        return f"{door}/{RELAYED}" if self.apart and self.dicomweb and door else self.dicomweb


def is_apart(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the project's tools have an origin of their own, as the spawner has said."""
    return bool(environ.get(_ORIGIN_ENV))


async def begin(asked: Asked, place: Place, say: Say = lambda *_: None) -> Server:
    """Start a server, and wait until it is ready; the first time its environment is made, too.

    When this is cancelled, what was begun is stopped.

    Raises:
        InvalidInput: the app, its models, the images or the device are not such as can be served.
        Conflict: a server of that name runs, and serves something else.
        Unavailable: no room, no network, or it did not become ready.
    """
    where, device = images(asked.images, asked.token), _device(asked.device)
    environment = await prepare(say)
    app = _app(environment, asked)
    apps.lay_out(app)
    name = called(asked)
    wish = Wish(
        app=str(app.folder),
        settings=app.settings,
        images=where.where,
        token=str(where.token) if where.token else None,
        modalities=where.modalities,
        device=device,
        or_cpu=asked.or_cpu,
        base=place.door(name),
        dicomweb=place.images(name),
    )
    starting = asyncio.create_task(asyncio.to_thread(server.start, environment, name, wish, say))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _give_up(name, starting)
        raise


def called(asked: Asked) -> str:
    """Return what a server is called that is asked for: as was said, or as its app."""
    if asked.name or asked.app == apps.RADIOLOGY:
        return asked.name or apps.RADIOLOGY
    return Path(asked.app).expanduser().resolve().name


async def _give_up(name: str, starting: asyncio.Task[Server]) -> None:
    """Stop what is being started; a thread cannot be cancelled, and may not have come to the process yet."""
    over = False
    while not over:
        over = starting.done()
        with suppress(NotFound):
            await asyncio.to_thread(server.stop, name)
        await asyncio.wait([starting], timeout=_LOOK)
    with suppress(MaiaError):
        starting.result()


def _app(environment: Environment, asked: Asked) -> apps.App:
    copies = home() / "apps"
    if asked.app == apps.RADIOLOGY:
        own = "" if called(asked) == apps.RADIOLOGY else called(asked)  # no two teach the same files
        return apps.radiology(environment, asked.models, copies, weights=asked.weights, own=own)
    folder = Path(asked.app).expanduser()
    if apps.is_bundle(folder):
        return apps.bundle(environment, folder, copies)
    return apps.own(folder, asked.models, weights=asked.weights)


def _device(given: str) -> Device:
    for device in DEVICES:
        if device == given:
            return device
    raise InvalidInput("There is no such device.", given=given[:60], allowed=list(DEVICES))
