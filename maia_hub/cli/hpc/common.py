"""What all commands of `maia hpc` share: the user's jobs and connections, and asking in the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from maia_hub.hpc.reaching import ByBroker
from maia_hub.hpc.ssh.questions import Question
from maia_hub.hpc.verbs import Verbs

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Jobs on Slurm systems and on this machine."
)

System = Annotated[str, typer.Option("--system", "-s", help="The system, by the name of its file.")]
Project = Annotated[
    Path | None, typer.Option("--systems", help="A folder with further systems, such as the project's.")
]
JobName = Annotated[
    str, typer.Argument(help="The job: its id, system:id, or its token or the beginning of it.")
]

T = TypeVar("T")


def with_verbs(project: Path | None, act: Callable[[Verbs], Awaitable[T]]) -> T:
    """Do something with the user's jobs, and let go of all connections."""

    async def go() -> T:
        verbs = Verbs(project=project, by=ByBroker(ask_person if sys.stdin.isatty() else None))
        try:
            return await act(verbs)
        finally:
            await verbs.close()

    return asyncio.run(go())


async def ask_person(question: Question) -> str | None:
    """Ask in the terminal; what is secret is not shown, and nothing is kept."""
    for line in filter(None, (question.instructions, question.text)):
        typer.echo(line, err=True)
    if question.kind == "host-key":
        return "yes" if await asyncio.to_thread(typer.confirm, "Is that right?", err=True) else "no"
    hide = not question.echo
    given: str = await asyncio.to_thread(typer.prompt, "", hide_input=hide, prompt_suffix="", err=True)
    return given
