"""`maia projects`: what your projects may use, and what they have taken of it."""

from __future__ import annotations

import typer

from maia_hub.cli.output import Json, errands, print_json, print_lines, print_table
from maia_hub.client.wording import PROJECT_COLUMNS, project_row

app = typer.Typer(add_completion=False)


@app.command()
def projects(json: Json = False) -> None:
    """List your projects, your roles in them, and what is booked of what they may use."""
    with errands() as run:
        found = run.projects()
    if json:
        print_json(found)
    elif not found:
        print_lines(["You are in no project.", "Ask the lead of one, or an administrator, to let you in."])
    else:
        print_table("Projects", PROJECT_COLUMNS, [project_row(project) for project in found])
