"""`maia calendar`: addresses at which calendar programs read bookings; renew one, revoke one."""

from __future__ import annotations

from typing import Annotated

import typer

from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.client.choosing import choose_pool
from maia_hub.client.models import FeedModel, FeedRequest, NewFeedModel
from maia_hub.client.sync import Client
from maia_hub.client.times import local_zone
from maia_hub.core.errors import InvalidInput, NotFound

app = typer.Typer(add_completion=False)

SHORT = 8
COLUMNS = ("id", "bookings", "address since")
Which = Annotated[str, typer.Argument(help="The first characters of its id.")]


@app.callback(invoke_without_command=True)
def calendar(context: typer.Context, json: Json = False) -> None:
    """List what your calendar programs may read; add, renew or revoke one."""
    if context.invoked_subcommand is not None:
        return
    with Client() as client:
        found = client.feeds()
    zone = local_zone()
    if json:
        print_json(found)
    elif not found:
        print_lines(
            ["No calendar program reads your bookings.", "Make an address for one: maia calendar add"]
        )
    else:
        rows = [
            (str(feed.id)[:SHORT], _called(feed), f"{feed.renewed.astimezone(zone):%Y-%m-%d %H:%M}")
            for feed in found
        ]
        print_table("Calendars", COLUMNS, rows)


@app.command()
def add(
    product: Annotated[
        str | None, typer.Option(help="All bookings of this GPU: a part of its name. See: maia gpus")
    ] = None,
    project: Annotated[str | None, typer.Option(help="All bookings of this project of yours.")] = None,
    json: Json = False,
) -> None:
    """Make an address of your own bookings, of a kind of GPU, or of a project; it is shown this once."""
    if product is not None and project is not None:
        raise InvalidInput("One address is of one thing.", advice="Give --product or --project, not both.")
    with Client() as client:
        if product is not None:
            request = FeedRequest(kind="pool", of=choose_pool(client.gpus(), product).id)
        elif project is not None:
            request = FeedRequest(kind="project", of=project[:63])
        else:
            request = FeedRequest()
        _print(client.add_feed(request), json=json)


@app.command()
def renew(feed: Which, json: Json = False) -> None:
    """Give one another address; the one before leads nowhere from now on."""
    with Client() as client:
        _print(client.renew_feed(_chosen(client, feed).id), json=json)


@app.command()
def revoke(feed: Which) -> None:
    """End one: its address leads nowhere from now on."""
    with Client() as client:
        chosen = _chosen(client, feed)
        client.revoke_feed(chosen.id)
    print_lines([f"Revoked: {_called(chosen)}."])


def _chosen(client: Client, given: str) -> FeedModel:
    feeds = client.feeds()
    found = [feed for feed in feeds if given and str(feed.id).startswith(given.lower())]
    if len(found) != 1:
        raise NotFound(
            f"{'None' if not found else 'Several'} of your calendars begin with {given[:40]!r}.",
            given=given[:40],
            allowed=[f"{str(feed.id)[:SHORT]} ({_called(feed)})" for feed in feeds] or "none",
        )
    return found[0]


def _called(feed: FeedModel) -> str:
    return {"own": "your own", "pool": f"of {feed.of}", "project": f"of the project {feed.of}"}[feed.kind]


def _print(made: NewFeedModel, *, json: bool) -> None:
    if json:
        print_json(made)
    else:
        told = "Whoever knows this address can read these bookings. It is not shown again."
        print_lines([made.address, told, f"To end it: maia calendar revoke {str(made.id)[:SHORT]}"])
