"""`maia monailabel`: a server of MONAI Label in this session; start it, stop it, see how it fares, read its log."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from maia_hub.cli import sharing
from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.monailabel import apps, server, wording
from maia_hub.monailabel.starting import Asked, Place, begin

app = typer.Typer(add_completion=False)
sharing.install(app)

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
    token_file: Annotated[Path | None, typer.Option(help="A file with a token for that address.")] = None,
    weights: Annotated[bool, typer.Option(help="Fetch weights that others have trained.")] = False,
    device: Annotated[str, typer.Option(help="cuda, cpu, or any: a GPU if there is one.")] = "any",
    or_cpu: Annotated[bool, typer.Option(help="Go on without a GPU when the booking ends.")] = False,
    name: Annotated[str | None, typer.Option(help="What to call it; otherwise as its app.")] = None,
    json: Json = False,
) -> None:
    """Start a server, and wait until it is ready; the first time its environment (7 GB) is made, too."""
    asked = Asked(
        images=images,
        app=app,
        models=tuple(each.strip() for each in models.split(",") if each.strip()),
        token=token_file,
        weights=weights,
        device=device,
        or_cpu=or_cpu,
        name=name,
    )
    _print(
        asyncio.run(begin(asked, Place.from_environment(), wording.telling(partial(typer.echo, err=True)))),
        json=json,
    )


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
        print_lines([f"{wording.NONE} Start one: maia monailabel start --help"])
    else:
        print_table("MONAI Label", wording.COLUMNS, map(wording.row, found))


@app.command()
def logs(
    name: Name,
    lines: Annotated[int, typer.Option(min=1, max=5000, help="How many, from the end.")] = 50,
) -> None:
    """Print the end of a server's log."""
    for line in server.log(name, lines):
        typer.echo(line)


def _public(found: server.Server) -> dict[str, object]:
    """Return what programs are told: not the word that opens it."""
    return {
        "app": found.wish.app,
        "images": found.wish.images,
        "viewer": wording.viewer(found),
        **{name: getattr(found, name) for name in _SHOWN},
    }


def _print(found: server.Server, *, json: bool) -> None:
    if json:
        print_json(_public(found))
        return
    print_lines(wording.lines(found))
