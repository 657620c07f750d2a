"""MONAI Label as the panel is told of it: servers, and what one may choose for another."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from maia_hub.core.errors import MaiaError
from maia_hub.monailabel import apps, environment, server, wording
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.server import Server, State
from maia_hub.monailabel.state import Folder
from maia_lab.gpu.session import current
from maia_lab.monailabel import labelroutes

_SAYS = {State.READY: "ready.json", State.REFUSED: "refused.json", State.DIED: "log"}
"""The file whose date says since when a server fares as it does; of all others: its state's."""


def look() -> dict[str, Any]:
    """Return the servers and the choices; no server is asked, for it may be busy."""
    return {"servers": [_server(each) for each in server.all_servers(ask=False)], "choices": _choices()}


def _server(found: Server) -> dict[str, Any]:
    wish = found.wish
    return {
        "name": found.name,
        "state": found.state.value,
        "since": _since(found),
        "reason": found.reason,
        "device": found.device or wish.device,
        "app": wish.app,
        "models": [each for each in wish.settings.get("models", "").split(",") if each],
        "untrained": list(found.untrained),
        "images": wish.images,
        "remote": bool(wish.modalities),
        "viewer": wording.viewer(found) if wish.modalities else None,
        "until": _until() if found.state in (State.STARTING, State.READY) else None,
        "waiting": _waiting(found) if wish.modalities else [],
    }


def _waiting(found: Server) -> list[dict[str, Any]]:
    """Return the labels that the image server does not have yet."""
    if not (Folder(found.name).root / "labels").exists():
        return []
    from maia_hub.monailabel.labels.places import place  # noqa: PLC0415 - only where labels were submitted

    try:
        return [labelroutes.view(each) for each in place(found.name).outbox.kept()]
    except (MaiaError, OSError):
        return []


def _since(found: Server) -> str | None:
    file: Path = Folder(found.name).root / _SAYS.get(found.state, "state.json")
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, timezone.utc).isoformat()
    except OSError:
        return None


def _until() -> str | None:
    session = current().look()
    return session.until.isoformat() if session and session.until else None


def _choices() -> dict[str, Any]:
    session, made = current().look(), environment.prepared()
    return {
        "prepared": made is not None,
        "room": environment.PACKAGE.room,
        "models": list(_models(made)) if made else [],
        "session": session is not None,
        "gpus": [gpu.product for gpu in session.gpus] if session else [],
        "until": _until(),
    }


@lru_cache(maxsize=1)
def _models(made: Environment) -> tuple[str, ...]:
    return tuple(apps.radiology_models(made))
