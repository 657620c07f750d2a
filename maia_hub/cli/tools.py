"""`maia tools`: the tools of a project; start one, stop one, read its log, open it."""

from __future__ import annotations

import os
import time
from typing import Annotated

import typer

from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.client.tools import ToolModel, Tools
from maia_hub.core.errors import NotFound, Unavailable

app = typer.Typer(add_completion=False)

COLUMNS = ("tool", "what", "state", "version", "why")
_LOOK = 0.5  # seconds between two questions how far a start is
_BEGINS = ("installing", "starting")

Name = Annotated[str, typer.Argument(help="Its name. See: maia tools")]
Project = Annotated[str | None, typer.Option(help="Which project's; otherwise that of this server.")]


@app.callback(invoke_without_command=True)
def tools(context: typer.Context, project: Project = None, json: Json = False) -> None:
    """List the tools of a project; start one, stop one, read its log, open it."""
    if context.invoked_subcommand is None:
        listed(project, json)


@app.command(name="ls")
def listed(project: Project = None, json: Json = False) -> None:
    """List the tools of a project, and how each fares."""
    with Tools() as door:
        found = door.all(_which(project))
    if json:
        print_json(found)
    elif not found.tools:
        print_lines([f"The project {found.project} has no tools."])
    else:
        print_table(f"Tools of {found.project}", COLUMNS, map(_row, found.tools))


@app.command()
def start(
    name: Name,
    project: Project = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is ready, or say why it is not.")] = True,
    json: Json = False,
) -> None:
    """Start a tool that this platform runs; the first time it is installed, too."""
    with Tools() as door:
        where = _where(door, project)
        tool = door.start(where, name)
        while wait and tool.state != "ready":
            if tool.state not in _BEGINS:
                raise Unavailable(
                    f"{tool.title} is {tool.state}.", given=tool.reason or None, advice=_ADVICE.format(name)
                )
            typer.echo(_progress(tool), err=True)
            tool = _changed(door, where, tool)
    _print(f"{tool.title} is {tool.state}.", tool, json=json)


@app.command()
def stop(name: Name, project: Project = None, json: Json = False) -> None:
    """Stop a tool; its data stays."""
    with Tools() as door:
        tool = door.stop(_where(door, project), name)
    _print(f"{tool.title} is {tool.state}.", tool, json=json)


@app.command()
def logs(
    name: Name,
    project: Project = None,
    lines: Annotated[int, typer.Option(min=1, max=5000, help="How many, from the end.")] = 50,
) -> None:
    """Print the end of a tool's log."""
    with Tools() as door:
        for line in door.log(_where(door, project), name, lines):
            typer.echo(line)


@app.command(name="open")
def address(name: Name, project: Project = None) -> None:
    """Print where a browser opens a tool."""
    with Tools() as door:
        tool = _called(door, _where(door, project), name)
        if tool.opens == "none":
            raise NotFound(
                f"{tool.title} has no page.",
                advice="Use it from code: see the panel “Project” in JupyterLab.",
            )
        typer.echo(door.page(tool))


_ADVICE = "Read its log: maia tools logs {}"


def _which(project: str | None) -> str | None:
    return project or os.environ.get("MAIA_PROJECT")


def _where(door: Tools, project: str | None) -> str:
    """Return the project that is meant, the person's first one if nothing says."""
    return _which(project) or door.all().project


def _called(door: Tools, project: str, name: str) -> ToolModel:
    found = door.all(project)
    for tool in found.tools:
        if tool.name == name:
            return tool
    raise NotFound(
        f"The project {project} has no tool of that name.",
        given=name[:60],
        allowed=[tool.name for tool in found.tools] or "none",
        advice="See them: maia tools",
    )


def _changed(door: Tools, project: str, before: ToolModel) -> ToolModel:
    """Return the tool when something of it has changed."""
    while (tool := _called(door, project, before.name)) == before:
        time.sleep(_LOOK)
    return tool


def _progress(tool: ToolModel) -> str:
    part = "" if tool.progress is None else f" ({tool.progress:.0%})"
    return f"{tool.title}: {tool.doing or tool.state}{part}"


def _print(line: str, tool: ToolModel, *, json: bool) -> None:
    if json:
        print_json(tool)
    else:
        print_lines([line])


def _row(tool: ToolModel) -> tuple[str, ...]:
    state = _progress(tool).partition(": ")[2] if tool.state in _BEGINS else tool.state
    since = tool.since.astimezone().strftime("%Y-%m-%d %H:%M")
    why = f"since {since}: {tool.reason}" if tool.reason else ""
    return (tool.name, tool.title, state, tool.version, why)
