"""`maia gpus`: the GPUs of the platform and when they are free."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo

import typer

from maia_hub.cli.output import Json, errands, print_json, print_table
from maia_hub.client.errands import Free
from maia_hub.client.times import tell_time
from maia_hub.core.gpus import marked

app = typer.Typer(add_completion=False)

COLUMNS = ("GPU", "number", "free now", "next free", "memory", "nodes")


@app.command()
def gpus(json: Json = False) -> None:
    """List the kinds of GPU, how many there are, and how many are free now."""
    with errands() as run:
        found = run.free()
        if json:
            print_json([free.pool for free in found])
        else:
            print_table("GPUs", COLUMNS, [_row(free, run.zone) for free in found])


def _row(free: Free, zone: tzinfo) -> tuple[str, ...]:
    pool, now = free.pool, datetime.now(timezone.utc)
    when = "now" if free.now else "not within two weeks"
    if not free.now and free.next:
        when = tell_time(free.next, now=now, zone=zone)
    memory = f"{max((gpu.memory for gpu in pool.gpus), default=0) / 2**30:.0f} GiB"
    nodes = ", ".join(sorted({gpu.node for gpu in pool.gpus}))
    return (
        marked(pool.product, simulated=pool.simulated),
        str(pool.capacity),
        str(free.now),
        when,
        memory,
        nodes,
    )
