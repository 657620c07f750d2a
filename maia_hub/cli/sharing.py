"""`maia monailabel share`, `unshare` and `shares`: let a colleague use one server of MONAI Label, and nothing else."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, own_server, print_json, print_lines, print_table
from maia_hub.client.models import ToolShareModel, ToolShareRequest
from maia_hub.client.repeats import checked
from maia_hub.client.times import DURATIONS, parse_duration, tell_time
from maia_hub.client.tools import shared_page
from maia_hub.core.errors import NotFound
from maia_hub.monailabel.state import Folder, folders

COLUMNS = ("name", "of", "with", "until", "page")
Name = Annotated[str, typer.Argument(help="Its name. See: maia monailabel ls")]
Guest = Annotated[str, typer.Argument(help="Your colleague's name at the hub.")]


def share(
    name: Name,
    guest: Guest,
    length: Annotated[str, typer.Option("--for", help=f"How long: {DURATIONS}.")] = "30 days",
    json: Json = False,
) -> None:
    """Let a colleague of the project annotate with a server of yours; nothing else of your workspace is opened."""
    if Folder(name).known() is None:
        raise NotFound(
            "You have no server of MONAI Label of that name here.",
            given=name,
            allowed=[each.name for each in folders()],
            advice="See them: maia monailabel ls",
        )
    asked = {"server": own_server(), "tool": name, "guest": guest, "until": _now() + parse_duration(length)}
    with errands() as run:
        made = run.client.share_tool(checked(ToolShareRequest, asked))
        until = tell_time(made.until, now=_now(), zone=run.zone)
    if json:
        print_json(made)
    else:
        print_lines(
            [
                f"Shared: {name} with {guest}, until {until}.",
                f"It is at {shared_page(made)}",
                f"End it: maia monailabel unshare {name} {guest}",
            ]
        )


def unshare(name: Name, guest: Guest) -> None:
    """Take back what you share with a colleague; her next request is refused."""
    with errands() as run:
        mine = [each for each in run.client.tool_shares() if (each.tool, each.guest) == (name, guest)]
        meant = [each for each in mine if each.server == own_server()] or mine
        if not meant:
            raise NotFound(
                f"You do not share that with {guest}.", given=name, advice="See: maia monailabel shares"
            )
        run.client.take_back_tool(meant[0].id)
    print_lines([f"Not shared any more: {name} with {guest}."])


def shares(json: Json = False) -> None:
    """List what you share, and what others share with you."""
    with errands() as run:
        found = run.client.tool_shares()
        rows = [
            (*_row(each), tell_time(each.until, now=_now(), zone=run.zone), shared_page(each))
            for each in found
        ]
    if json:
        print_json(found)
    elif not found:
        print_lines(["Nothing is shared.", "Share one: maia monailabel share --help"])
    else:
        print_table("Shared", COLUMNS, rows)


def _row(found: ToolShareModel) -> tuple[str, str, str]:
    return found.tool, found.owner, found.guest


def _now() -> datetime:
    return datetime.now(timezone.utc)


def install(app: typer.Typer) -> None:
    """Add the three commands."""
    for command in (share, unshare, shares):
        app.command()(command)
