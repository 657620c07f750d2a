"""What somebody asks to be served, made into a server: what a command, a magic and a panel have in common."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel import apps, server
from maia_hub.monailabel.environment import Environment, prepare
from maia_hub.monailabel.images import images
from maia_hub.monailabel.server import Say, Server
from maia_hub.monailabel.state import DEVICES, Device, Wish, home


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
    """Where people come from: the path of the workspace's Jupyter server and that of the project's DICOMweb, if any."""

    workspace: str = ""
    dicomweb: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Place:
        """Return where this process is, as its environment tells."""
        images = urlsplit(environ.get("MAIA_DICOMWEB_URL", "")).path
        return cls(environ.get("JUPYTERHUB_SERVICE_PREFIX", ""), images)

    def door(self, name: str) -> str:
        """Return the path at which that Jupyter server lets people in; empty where there is none."""
        return f"{self.workspace.rstrip('/')}/maia/monailabel/{name}/open" if self.workspace else ""


async def begin(asked: Asked, place: Place, say: Say = lambda *_: None) -> Server:
    """Start a server, and wait until it is ready; the first time its environment is made, too.

    Raises:
        InvalidInput: the app, its models, the images or the device are not such as can be served.
        Conflict: a server of that name runs, and serves something else.
        Unavailable: no room, no network, or it did not become ready.
    """
    where, device = images(asked.images, asked.token), _device(asked.device)
    environment = await prepare(say)
    app = _app(environment, asked)
    apps.lay_out(app)
    name = asked.name or app.name
    wish = Wish(
        app=str(app.folder),
        settings=app.settings,
        images=where.where,
        token=str(where.token) if where.token else None,
        modalities=where.modalities,
        device=device,
        or_cpu=asked.or_cpu,
        base=place.door(name),
        dicomweb=place.dicomweb,
    )
    return await asyncio.to_thread(server.start, environment, name, wish, say)


def _app(environment: Environment, asked: Asked) -> apps.App:
    copies = home() / "apps"
    if asked.app == apps.RADIOLOGY:
        return apps.radiology(environment, asked.models, copies, weights=asked.weights)
    folder = Path(asked.app).expanduser()
    if apps.is_bundle(folder):
        return apps.bundle(environment, folder, copies)
    return apps.own(folder, asked.models, weights=asked.weights)


def _device(given: str) -> Device:
    for device in DEVICES:
        if device == given:
            return device
    raise InvalidInput("There is no such device.", given=given[:60], allowed=list(DEVICES))
