"""`maia outages`: planned maintenance, by whoever runs the service, where its settings and secrets are.

Administrators' rights need a sign-in to the portal and no token has them, so this acts on the database itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Annotated

import typer

from maia_hub.cli.database import OPERATOR, desk_of
from maia_hub.cli.files import SECRETS, SETTINGS, Secrets, Settings
from maia_hub.cli.output import print_lines, print_table
from maia_hub.client.times import parse_time
from maia_hub.core.bookings import Booking
from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.core.gpus import Block, Outage
from maia_hub.core.ids import GpuId, NodeId, PoolId
from maia_hub.core.interval import Interval, in_words
from maia_hub.desk import Desk, Effect

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Planned maintenance: GPUs that cannot be booked."
)
_EITHER = "a node, with --gpus or --gpu if it is not all of it; or --product alone"
WHEN = "now, or a time such as 2027-03-28 09:00 (UTC) or 2027-03-28T09:00+02:00"


@app.command("list")
def list_outages(settings: Settings = SETTINGS, secrets: Secrets = SECRETS) -> None:
    """List the outages that are not over, and their numbers."""
    with desk_of(settings, secrets) as (desk, now):
        rows = [
            (str(number), o.node, o.gpu or str(o.gpus), in_words(o.interval.start), _end(o), o.reason)
            for number, o in desk.outages(now)
            if o.interval.end > now
        ]
    print_table("Outages", ("number", "node", "GPUs", "from", "to", "reason"), rows)


@app.command()
def add(  # noqa: PLR0913, PLR0917 - one for each option
    start: Annotated[str, typer.Option("--from", help=f"Its beginning: {WHEN}.")],
    end: Annotated[str, typer.Option("--to", help="Its end.")],
    reason: Annotated[str, typer.Option(help="What for; everybody can read it.")],
    node: Annotated[str | None, typer.Argument(help="The node; `maia gpus` lists them.")] = None,
    product: Annotated[
        str | None, typer.Option(help="Instead of a node, all GPUs of a product: a part of its name.")
    ] = None,
    gpus: Annotated[int | None, typer.Option(help="How many of its GPUs; all if it is not said.")] = None,
    gpu: Annotated[
        str | None, typer.Option(help="The one that is broken, by its id; see: maia gpus.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Also if bookings lose their GPUs by it.")] = False,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
) -> None:
    """Take GPUs of a node, or a whole product, out of service; say first what this does to bookings."""
    with desk_of(settings, secrets) as (desk, now):
        interval = Interval(*(parse_time(text, now=now, zone=timezone.utc) for text in (start, end)))
        if product is not None:
            if node or gpus or gpu:
                raise InvalidInput("A product is taken out of service as a whole.", allowed=_EITHER)
            block = Block(_pool(desk, product, now), interval, reason[:200])
            effect = _accepted(desk.block_effect(OPERATOR, block, now), yes=yes)
            added = desk.block(OPERATOR, block, now, despite_bookings=yes)
        elif node is None:
            raise InvalidInput("Nothing says what is out of service.", allowed=_EITHER)
        else:
            count = gpus or (1 if gpu else _all_gpus(desk, node, now))
            named = GpuId(gpu) if gpu else None
            outage = Outage(NodeId(node), interval, count, reason[:200], gpu=named)
            effect = _accepted(desk.outage_effect(OPERATOR, outage, now), yes=yes)
            added = {desk.add_outage(OPERATOR, outage, now, despite_bookings=yes): outage}
    print_lines([f"Added: outage {number} on {each.node}." for number, each in added.items()])
    _say(effect)


def _accepted(effect: Effect, *, yes: bool) -> Effect:
    """Return what is to be done, or say why it is not."""
    if (effect.endangered or effect.restarted) and not yes:
        _say_why_not(effect)
        raise typer.Exit(1)
    return effect


def _say(effect: Effect) -> None:
    if effect.moved:
        print_lines(["These bookings have gone to other nodes:", *_told(effect.moved)])
    if effect.endangered:
        print_lines(["The owners of these bookings were told:", *_told(effect.endangered)])
    if effect.restarted:
        print_lines([f"Servers that hold it are restarted when it begins: {', '.join(effect.restarted)}."])


@app.command()
def remove(
    numbers: Annotated[list[int], typer.Argument(help="The outages' numbers; see: maia outages list")],
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
) -> None:
    """Put the GPUs of outages back into service."""
    with desk_of(settings, secrets) as (desk, now):
        for number in numbers:
            desk.remove_outage(OPERATOR, number, now)
            print_lines([f"Removed: outage {number}."])


def _say_why_not(effect: Effect) -> None:
    if effect.endangered:
        print_lines(["Nothing was changed: for these bookings there is no other place."])
        print_lines(_told(effect.endangered))
        print_lines(["With --yes it is done, and their owners are told and offered other times."])
    else:
        print_lines([f"Nothing was changed: servers hold it, of {', '.join(effect.restarted)}."])
        print_lines(["With --yes they are restarted when it begins, with another GPU if one is free."])


def _all_gpus(desk: Desk, node: str, now: datetime) -> int:
    found = {view.node: view.gpus for view in desk.nodes(OPERATOR, now)}
    if not found.get(NodeId(node)):
        raise NotFound("There is no such node with GPUs.", given=node, allowed=sorted(found))
    return found[NodeId(node)]


def _pool(desk: Desk, product: str, now: datetime) -> PoolId:
    pools = [pool for pool in desk.pools(now) if pool.largest_node]
    found = [pool for pool in pools if product.casefold() in pool.product.casefold()]
    exact = [pool for pool in pools if product in {pool.id, pool.product}]
    if len(exact or found) != 1:
        names = [pool.product for pool in found or pools]
        raise NotFound("That names no single product with GPUs.", given=product, allowed=names)
    return (exact or found)[0].id


def _told(bookings: Iterable[Booking]) -> list[str]:
    return [
        f"  {b.user}: {b.gpus} GPU on {b.node}, {in_words(b.interval.start)} to {in_words(b.interval.end)}"
        for b in bookings
    ]


def _end(outage: Outage) -> str:
    return "until the cluster says otherwise" if outage.by_cluster else in_words(outage.interval.end)
