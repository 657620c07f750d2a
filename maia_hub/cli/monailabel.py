"""`maia monailabel`: a server of MONAI Label in this session; start it, stop it, see how it fares, read its log."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel import apps, server
from maia_hub.monailabel.environment import Environment, prepare
from maia_hub.monailabel.images import images as named
from maia_hub.monailabel.state import DEVICES, Device, Wish, home

app = typer.Typer(add_completion=False)

COLUMNS = ("server", "state", "device", "app", "images", "why")
_SHOWN = ("name", "state", "device", "address", "untrained", "reason")

Name = Annotated[str, typer.Argument(help="Its name. See: maia monailabel ls")]


@app.callback()
def monailabel() -> None:
    """Annotate, learn and correct with MONAI Label, in this session."""


@app.command()
def start(  # noqa: PLR0913, PLR0917 - one for each option
    images: Annotated[str, typer.Option(help="A folder of images, or an address of DICOMweb.")],
    app: Annotated[
        str, typer.Option(help="“radiology”, the folder of a MONAI bundle, or that of an app of your own.")
    ] = apps.RADIOLOGY,
    models: Annotated[str, typer.Option(help="The models to serve, with commas between them.")] = "",
    bundle: Annotated[
        Path | None, typer.Option(help="A MONAI bundle's folder, in the place of an app.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="A file with a token for that address.")] = None,
    weights: Annotated[bool, typer.Option(help="Fetch weights that others have trained.")] = False,
    device: Annotated[str, typer.Option(help="cuda, cpu, or any: a GPU if there is one.")] = "any",
    or_cpu: Annotated[bool, typer.Option(help="Go on without a GPU when the booking ends.")] = False,
    name: Annotated[str | None, typer.Option(help="What to call it; otherwise as its app.")] = None,
    json: Json = False,
) -> None:
    """Start a server, and wait until it is ready; the first time its environment (7 GB) is made, too."""
    where = named(images, token_file)
    wanted = _device(device)
    say = _saying()
    environment = asyncio.run(prepare(say))
    chosen = _app(environment, app, models, weights)
    apps.lay_out(chosen)
    called = name or chosen.name
    wish = Wish(
        app=str(chosen.folder),
        settings=chosen.settings,
        images=where.where,
        token=str(where.token) if where.token else None,
        modalities=where.modalities,
        device=wanted,
        or_cpu=or_cpu,
        base=_behind_the_door(called),
        dicomweb=urlsplit(os.environ.get("MAIA_DICOMWEB_URL", "")).path,
    )
    _print(server.start(environment, called, wish, say), json=json)


@app.command()
def stop(name: Name, json: Json = False) -> None:
    """Stop a server; a training saves first, models and labels stay."""
    _print(server.stop(name), json=json)


@app.command(name="ls")
def listed(json: Json = False) -> None:
    """List the servers that were started here, and how each fares."""
    found = server.all_servers()
    if json:
        print_json([_public(each) for each in found])
    elif not found:
        print_lines(["No server of MONAI Label was started here. Start one: maia monailabel start --help"])
    else:
        print_table("MONAI Label", COLUMNS, map(_row, found))


@app.command()
def logs(
    name: Name,
    lines: Annotated[int, typer.Option(min=1, max=5000, help="How many, from the end.")] = 50,
) -> None:
    """Print the end of a server's log."""
    for line in server.log(name, lines):
        typer.echo(line)


def _app(environment: Environment, app: str, models: str, weights: bool) -> apps.App:
    """Return what is to be served."""
    chosen = [each.strip() for each in models.split(",") if each.strip()]
    copies = home() / "apps"
    if app == apps.RADIOLOGY:
        return apps.radiology(environment, chosen, copies, weights=weights)
    folder = Path(app).expanduser()
    if apps.is_bundle(folder):
        return apps.bundle(environment, folder, copies)
    return apps.own(folder, chosen, weights=weights)


def _behind_the_door(name: str) -> str:
    """Return the path at which the workspace's Jupyter server lets people in; empty where there is none."""
    workspace = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    return f"{workspace.rstrip('/')}/maia/monailabel/{name}/open" if workspace else ""


def _device(given: str) -> Device:
    for device in DEVICES:
        if device == given:
            return device
    raise InvalidInput("There is no such device.", given=given[:60], allowed=list(DEVICES))


def _saying() -> Callable[[str, float | None], None]:
    """Return what tells on standard error how far a start is, a thing once."""
    said = ""

    def say(doing: str, progress: float | None) -> None:
        nonlocal said
        line = doing if progress is None else f"{doing} ({progress:.0%})"
        if line != said:
            said = line
            typer.echo(line, err=True)

    return say


def _public(found: server.Server) -> dict[str, object]:
    """Return what programs are told: not the word that opens it."""
    return {
        "app": found.wish.app,
        "images": found.wish.images,
        "viewer": _viewer(found),
        **{name: getattr(found, name) for name in _SHOWN},
    }


def _viewer(found: server.Server) -> str | None:
    """Return the path of its OHIF; None where no door leads there, or the project has no images by DICOMweb."""
    return f"{found.wish.base}/ohif/" if found.wish.base and found.wish.dicomweb else None


def _print(found: server.Server, *, json: bool) -> None:
    if json:
        print_json(_public(found))
        return
    lines = [f"{found.name} is {found.state.value}{f' on {found.device}' if found.device else ''}."]
    if found.reason:
        lines.append(found.reason)
    if found.state is server.State.READY and (viewer := _viewer(found)):
        lines.append(f"Its viewer, below the platform's address: {viewer}")
    if found.untrained:
        lines.append(f"Without weights, so they know nothing yet: {', '.join(found.untrained)}.")
    print_lines(lines)


def _row(found: server.Server) -> tuple[str, ...]:
    return (found.name, found.state.value, found.device, found.wish.app, found.wish.images, found.reason)
