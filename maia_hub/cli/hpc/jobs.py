"""`maia hpc ls`, `logs`, `fetch`, `track`, `cancel` and `again`: what has become of jobs."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from maia_hub.cli.hpc.common import JobName, Project, app, with_verbs
from maia_hub.cli.hpc.progress import shown
from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.core.counting import counted
from maia_hub.core.errors import MaiaError, NotFound
from maia_hub.hpc.advice import advice
from maia_hub.hpc.following import Became, Trouble, Wrote
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.verbs import Verbs
from maia_hub.hpc.watching import OVER

COLUMNS = ("job", "system", "name", "state", "since", "what")


@app.command()
def ls(
    system: Annotated[str | None, typer.Option("--system", "-s")] = None,
    systems: Project = None,
    json: Json = False,
) -> None:
    """List your jobs, after asking the systems that have open ones."""
    jobs, troubles = with_verbs(systems, lambda verbs: _listed(verbs, system))
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
def logs(
    job: JobName,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", "-f", help="Go on until the job is over; its states are told on standard error."
        ),
    ] = False,
    systems: Project = None,
) -> None:
    """Print what a job has written so far, or as it writes."""

    async def write(verbs: Verbs) -> None:
        async for piece in verbs.logs(job):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()

    async def tail(verbs: Verbs) -> None:
        async for event in verbs.follow(job):
            if isinstance(event, Wrote):
                sys.stdout.write(event.text)
                sys.stdout.flush()
            else:
                typer.echo(_happened(event), err=True)

    with suppress(KeyboardInterrupt):
        with_verbs(systems, tail if follow else write)


def _happened(event: Became | Trouble) -> str:
    """Say what has become of a followed job in a line."""
    if isinstance(event, Trouble):
        return event.said or "There is an answer again."
    place = f"place {event.place[0]} of {event.place[1]} in the queue" if event.place else ""
    return " · ".join(filter(None, (event.job.state, event.job.reason, place, advice(event.job))))


@app.command()
def fetch(
    job: JobName,
    pattern: Annotated[list[str], typer.Argument(help="As in .gitignore; all files without one.")] = ["*"],  # noqa: B006
    to: Annotated[Path, typer.Option(help="The folder they go to.")] = Path(),
    systems: Project = None,
) -> None:
    """Fetch the files of a job's run folder; what is here already does not travel."""
    with shown() as told:
        done = with_verbs(systems, lambda verbs: verbs.fetch(job, to, pattern, told=told))
    if not done.files:
        raise NotFound(
            "The job's run folder has no such file.",
            given=", ".join(pattern),
            advice=f"Fetch what there is (maia hpc fetch {job}), or see what it wrote: maia hpc logs {job}",
        )
    moved = f"{done.files_moved} of them travelled, {decimal(done.bytes_moved)}"
    print_lines([f"{counted(done.files, 'file')}, {decimal(done.bytes)}; {moved}"])


@app.command()
def track(
    job: JobName,
    pattern: Annotated[list[str], typer.Argument(help="Files to keep with the run, as in .gitignore.")] = [],  # noqa: B006
    experiment: Annotated[
        str | None, typer.Option(help="The experiment in MLflow; called as the job without it.")
    ] = None,
    systems: Project = None,
    json: Json = False,
) -> None:
    """Write a job that is over to MLflow (MLFLOW_TRACKING_URI) as a run, once: parameters, metrics, files."""
    done = with_verbs(systems, lambda verbs: verbs.track(job, pattern, experiment=experiment))
    if json:
        print_json(done)
        return
    holds = f"{counted(done.params, 'parameter')}, {counted(done.metrics, 'metric')}"
    print_lines([f"run {done.run} of {done.experiment}: {holds}"])


@app.command()
def cancel(job: JobName, systems: Project = None) -> None:
    """Cancel a job, or all tasks of an array."""
    done = with_verbs(systems, lambda verbs: verbs.cancel(job))
    print_lines([f"{done.job_id or done.token} on {done.system}: {done.state}"])


@app.command()
def again(job: JobName, systems: Project = None) -> None:
    """Find out about a job that may not have been taken, and submit it if it was not."""
    done = with_verbs(systems, lambda verbs: verbs.again(job))
    print_lines([f"{done.job_id} on {done.system}: {done.state}"])
