"""`maia hpc submit` and `send`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.filesize import decimal

from maia_hub.cli.hpc.common import Project, System, app, with_verbs
from maia_hub.cli.hpc.progress import shown
from maia_hub.cli.output import Json, print_json, print_lines
from maia_hub.core.counting import counted
from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.projects import Sent
from maia_hub.hpc.verbs import Verbs

Data = Annotated[
    list[Path],
    typer.Option(
        "--data", help="A folder of data to send, which several jobs may share; may be given again."
    ),
]


@app.command(context_settings={"allow_interspersed_args": False})
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
    signal: Annotated[
        str | None, typer.Option(help="What it gets before its time is over, to save what it has: USR1@5min.")
    ] = None,
    option: Annotated[
        list[str], typer.Option(help="Another option of sbatch: reservation=course; may be given again.")
    ] = [],  # noqa: B006
    module: Annotated[list[str], typer.Option(help="A module to load; may be given again.")] = [],  # noqa: B006
    env: Annotated[list[str], typer.Option(help="NAME=value; may be given again.")] = [],  # noqa: B006
    image: Annotated[str | None, typer.Option(help="The container that it runs in.")] = None,
    bind: Annotated[list[str], typer.Option(help="/folder or /folder:/its/name/inside.")] = [],  # noqa: B006
    project: Annotated[
        Path | None, typer.Option(help="A folder to send and to run in; what has not changed stays there.")
    ] = None,
    data: Data = [],  # noqa: B006
    folder: Annotated[
        str | None,
        typer.Option(help="The folder that it runs in, there; within the project's, if there is one."),
    ] = None,
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
        "signal": _signal(signal) if signal else None, "options": dict(map(_option, option)), "folder": folder,
        "modules": module, "environment": dict(map(_variable, env)),
        "container": {"image": image, "binds": list(map(_bind, bind))} if image else None,
    }  # fmt: skip
    spec = job_spec(**values)
    if preview:
        verbs = Verbs(project=systems)
        job = verbs.preview(spec, verbs.system(system), project=project, data=data)
        typer.echo(job.script, nl=False)
        return
    with shown() as told:
        job = with_verbs(
            systems,
            lambda verbs: verbs.submit(spec, verbs.system(system), project=project, data=data, told=told),
        )
    if json:
        print_json(vars(job))
    else:
        print_lines([f"Submitted to {job.system} as {job.job_id}: {job.name}", f"Run folder: {job.folder}"])


@app.command()
def send(
    project: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    data: Data = [],  # noqa: B006
    system: System = "local",
    systems: Project = None,
    json: Json = False,
) -> None:
    """Send what has changed of a project and of its data, for jobs to come; .gitignore and .maiaignore count."""
    if project is None and not data:
        raise InvalidInput("There is nothing to send.", advice="Name the project's folder, or --data FOLDER.")
    with shown() as told:
        sent = with_verbs(systems, lambda verbs: verbs.send(verbs.system(system), project, data, told=told))
    if json:
        print_json(sent)
    else:
        print_lines(_sent_lines(sent, [*data, *([project] if project else [])]))


def _sent_lines(sent: Sent, folders: list[Path]) -> list[str]:
    there = [*sent.data, *([sent.code] if sent.code else [])]
    if not sent.summaries:
        return [f"{place}: here already" for place in there]
    return [
        f"{folder} is {place}: {each.files_moved} of {counted(each.files, 'file')} travelled,"
        f" {decimal(each.bytes_moved)}, {each.removed} removed"
        for folder, place, each in zip(folders, there, sent.summaries, strict=True)
    ]


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput(f"{text[:60]!r} sets no variable.", allowed="NAME=value")
    return name, value


def _signal(text: str) -> dict[str, str]:
    name, _, before = text.partition("@")
    return {"name": name, **({"before": before} if before else {})}


def _option(text: str) -> tuple[str, str | None]:
    name, equals, value = text.removeprefix("--").partition("=")
    return name, value if equals else None


def _bind(text: str) -> dict[str, Any]:
    source, _, target = text.partition(":")
    return {"source": source, "target": target or None}
