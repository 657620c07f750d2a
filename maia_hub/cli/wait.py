"""`maia wait`: wait in line for an idle GPU, take what is offered, or leave."""

from __future__ import annotations

from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, own_server, print_json, print_lines
from maia_hub.client.wording import place_line
from maia_hub.core.gpus import marked

app = typer.Typer(add_completion=False)


@app.command()
def wait(
    name: Annotated[
        str | None, typer.Option("--product", help="Which GPU: a part of its name. See: maia gpus")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Restart the server with what is offered.")
    ] = False,
    leave: Annotated[
        bool, typer.Option("--leave", help="Leave the line, or turn down what is offered.")
    ] = False,
    json: Json = False,
) -> None:
    """Let this server wait for an idle GPU; you are asked when it is there. It goes on on CPU meanwhile."""
    with errands() as run:
        server = own_server()
        place = run.take(server) if accept else run.leave(server) if leave else run.wait(name, server)
        if json:
            print_json(place)
        elif accept:
            print_lines(["Your server restarts with the GPU; the kernels' memory is lost."])
        elif leave:
            called = marked(place.product, simulated=place.simulated)
            print_lines([f"You no longer wait for an idle {called}."])
        else:
            now = run.state().now
            print_lines([place_line(place, now, run.zone), "Take it then: maia wait --accept"])
