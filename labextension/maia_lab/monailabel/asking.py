"""What the panel's form says, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel.apps import RADIOLOGY
from maia_hub.monailabel.starting import Asked
from maia_lab.imaging.archive import Archive
from maia_lab.monailabel import projecttoken


def asked(given: dict[str, Any], root: Path, archive: Archive | None) -> Asked:
    """Return what is asked for; folders are taken from ``root`` on, no ``images`` means those of the archive.

    Raises:
        InvalidInput: something is missing, or not of its kind.
    """
    folder = given.get("images")
    if folder is None and archive is not None:
        images = archive.url
        token = projecttoken.keep(archive.token) if archive.token else None
    else:
        images, token = str(_folder(root, _text(given, "images", "a folder of images"))), None
    app = _text(given, "app", "an app") if given.get("app", RADIOLOGY) != RADIOLOGY else RADIOLOGY
    models = given.get("models", [])
    if not isinstance(models, list) or not all(isinstance(each, str) for each in models):
        raise InvalidInput("The models are to be a list of names.")
    return Asked(
        images=images,
        app=app if app == RADIOLOGY else str(_folder(root, app)),
        models=tuple(models),
        token=token,
        weights=given.get("weights") is True,
        device=str(given.get("device", "any")),
        or_cpu=given.get("or_cpu") is True,
        name=str(given.get("name") or "") or None,
    )


def path_of(archive: Archive | None) -> str:
    """Return the path of an archive at the platform's address; empty if there is none."""
    return urlsplit(archive.url).path.rstrip("/") if archive else ""


def _folder(root: Path, given: str) -> Path:
    return root / Path(given).expanduser()


def _text(given: dict[str, Any], name: str, what: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or not found.strip():
        raise InvalidInput(f"Name {what}.", given=name)
    return found.strip()
