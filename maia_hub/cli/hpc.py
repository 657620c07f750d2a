"""`maia hpc`: jobs on Slurm systems, and as plain processes on this machine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.core.errors import InvalidInput, MaiaError
from maia_hub.hpc import checking
from maia_hub.hpc.advice import advice
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.jobspec import JobSpec, job_spec
from maia_hub.hpc.reaching import ByBroker
from maia_hub.hpc.ssh.questions import Question
from maia_hub.hpc.systemfiles import load_all, presets
from maia_hub.hpc.verbs import Verbs
from maia_hub.hpc.watching import OVER

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
COLUMNS = ("job", "system", "name", "state", "since", "what")

T = TypeVar("T")


def _with(project: Path | None, act: Callable[[Verbs], Awaitable[T]]) -> T:
    """Do something with the user's jobs, and let go of all connections."""

    async def go() -> T:
        verbs = Verbs(project=project, by=ByBroker(_ask if sys.stdin.isatty() else None))
        try:
            return await act(verbs)
        finally:
            await verbs.close()

    return asyncio.run(go())


async def _ask(question: Question) -> str | None:
    """Ask in the terminal; what is secret is not shown, and nothing is kept."""
    for line in filter(None, (question.instructions, question.text)):
        typer.echo(line, err=True)
    if question.kind == "host-key":
        return "yes" if await asyncio.to_thread(typer.confirm, "Is that right?", err=True) else "no"
    hide = not question.echo
    given: str = await asyncio.to_thread(typer.prompt, "", hide_input=hide, prompt_suffix="", err=True)
    return given


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def submit(  # noqa: PLR0913, PLR0917 - each is an option of the command
    command: Annotated[list[str], typer.Argument(help="The command and its arguments, after --.")],
    system: System = "local",
    name: Annotated[str | None, typer.Option(help="By default the command's.")] = None,
    time: Annotated[str | None, typer.Option(help="The most it may take: 2h, 1d 12h.")] = None,
    nodes: Annotated[int, typer.Option(min=1)] = 1,
    tasks: Annotated[int, typer.Option(min=1)] = 1,
    cpus: Annotated[int | None, typer.Option(min=1, help="For each task.")] = None,
    memory: Annotated[str | None, typer.Option(help="For each node: 16G.")] = None,
    gpus: Annotated[int, typer.Option(min=0, help="Over all nodes.")] = 0,
    gpu_type: Annotated[str | None, typer.Option(help="Their type, where the system has several.")] = None,
    account: Annotated[
        str | None, typer.Option("--account", "-A", help="The project that is charged.")
    ] = None,
    partition: Annotated[str | None, typer.Option("--partition", "-p")] = None,
    qos: Annotated[str | None, typer.Option()] = None,
    constraint: Annotated[str | None, typer.Option("--constraint", "-C")] = None,
    array: Annotated[str | None, typer.Option(help="0-9, 1,3,5, 0-99%4.")] = None,
    dependency: Annotated[list[str], typer.Option(help="afterok:123; may be given again.")] = [],  # noqa: B006
    module: Annotated[list[str], typer.Option(help="A module to load; may be given again.")] = [],  # noqa: B006
    env: Annotated[list[str], typer.Option(help="NAME=value; may be given again.")] = [],  # noqa: B006
    image: Annotated[str | None, typer.Option(help="The container that it runs in.")] = None,
    bind: Annotated[list[str], typer.Option(help="/folder or /folder:/its/name/inside.")] = [],  # noqa: B006
    folder: Annotated[str | None, typer.Option(help="The folder that it runs in, there.")] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Print the batch script and submit nothing.")
    ] = False,
    systems: Project = None,
    json: Json = False,
) -> None:
    """Submit a job, once, whatever happens to the connection."""
    values = {
        "name": name or Path(command[0]).name or "job", "command": command, "time": time, "nodes": nodes,
        "tasks": tasks, "cpus": cpus, "memory": memory, "gpus": gpus, "gpu_type": gpu_type, "account": account,
        "partition": partition, "qos": qos, "constraint": constraint, "array": array, "dependency": dependency,
        "modules": module, "environment": dict(map(_variable, env)), "folder": folder,
        "container": {"image": image, "binds": list(map(_bind, bind))} if image else None,
    }  # fmt: skip
    spec = job_spec(**values)
    if preview:
        with_verbs = Verbs(project=systems)
        typer.echo(with_verbs.preview(spec, with_verbs.system(system)).script, nl=False)
        return
    job = _with(systems, lambda verbs: _submitted(verbs, spec, system))
    if json:
        print_json(vars(job))
    else:
        print_lines([f"Submitted to {job.system} as {job.job_id}: {job.name}", f"Run folder: {job.folder}"])


async def _submitted(verbs: Verbs, spec: JobSpec, system: str) -> Job:
    return await verbs.submit(spec, verbs.system(system))


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput(f"{text[:60]!r} sets no variable.", allowed="NAME=value")
    return name, value


def _bind(text: str) -> dict[str, Any]:
    source, _, target = text.partition(":")
    return {"source": source, "target": target or None}


@app.command()
def ls(
    system: Annotated[str | None, typer.Option("--system", "-s")] = None,
    systems: Project = None,
    json: Json = False,
) -> None:
    """List your jobs, after asking the systems that have open ones."""
    jobs, troubles = _with(systems, lambda verbs: _listed(verbs, system))
    for trouble in troubles:
        typer.echo(trouble, err=True)
    if json:
        print_json([vars(job) for job in jobs])
        return
    print_table("Jobs", COLUMNS, [_row(job) for job in jobs])


async def _listed(verbs: Verbs, only: str | None) -> tuple[list[Job], list[str]]:
    troubles = []
    open_ones = {job.system for job in verbs.jobs.all(only) if job.state not in OVER}
    for name in sorted(open_ones):
        try:
            told = await verbs.refresh(verbs.system(name))
            troubles += [f"{name}: {told.trouble}"] if told.trouble else []
        except MaiaError as error:
            troubles.append(f"{name}: {error.message}")
    return verbs.jobs.all(only), troubles


def _row(job: Job) -> tuple[str, ...]:
    said = " · ".join(
        filter(None, (job.reason, job.exit_code if job.exit_code not in {"", "0:0"} else "", advice(job)))
    )
    return (
        job.job_id or job.token,
        job.system,
        job.name,
        job.state,
        job.created[:16].replace("T", " "),
        said,
    )


@app.command()
def logs(job: JobName, systems: Project = None) -> None:
    """Print what a job has written so far."""

    async def write(verbs: Verbs) -> None:
        async for piece in verbs.logs(job):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()

    _with(systems, write)


@app.command()
def fetch(
    job: JobName,
    pattern: Annotated[list[str], typer.Argument(help="As in .gitignore; all files without one.")] = ["*"],  # noqa: B006
    to: Annotated[Path, typer.Option(help="The folder they go to.")] = Path(),
    systems: Project = None,
) -> None:
    """Fetch the files of a job's run folder; what is here already does not travel."""
    done = _with(systems, lambda verbs: verbs.fetch(job, to, pattern))
    print_lines([f"{done.files} files, {done.bytes} bytes; {done.files_moved} of them travelled"])


@app.command()
def cancel(job: JobName, systems: Project = None) -> None:
    """Cancel a job, or all tasks of an array."""
    done = _with(systems, lambda verbs: verbs.cancel(job))
    print_lines([f"{done.job_id or done.token} on {done.system}: {done.state}"])


@app.command()
def again(job: JobName, systems: Project = None) -> None:
    """Find out about a job that may not have been taken, and submit it if it was not."""
    done = _with(systems, lambda verbs: verbs.again(job))
    print_lines([f"{done.job_id} on {done.system}: {done.state}"])


@app.command()
def systems(folder: Project = None, json: Json = False) -> None:
    """List the systems there are, and files that hold none."""
    found, broken = load_all(project=folder)
    for each in broken:
        typer.echo(each.error.message, err=True)
    if json:
        print_json([each.system for each in found])
        return
    rows = [
        (
            each.system.name,
            each.system.title,
            each.system.control.host if each.system.control else "",
            str(each.path or ""),
        )
        for each in found
    ]
    print_table("Systems", ("name", "title", "host", "file"), rows)
    print_lines([f"Presets to build on: {', '.join(presets())}"])


@app.command()
def check(system: Annotated[str, typer.Argument()], systems: Project = None, json: Json = False) -> None:
    """Check what is assumed of a system, and say how to mend what does not hold."""

    async def checked(verbs: Verbs) -> list[checking.Finding]:
        found = verbs.system(system)
        return await checking.check(found, verbs.reach(found))

    findings = _with(systems, checked)
    if json:
        print_json([vars(each) for each in findings])
    else:
        print_table(f"Check of {system}", ("what", "", "found"), map(_finding, findings))
    if not all(each.good for each in findings):
        raise typer.Exit(1)


def _finding(each: checking.Finding) -> tuple[str, str, str]:
    return each.what, "ok" if each.good else "!", each.said if each.good else f"{each.said} {each.advice}"
