"""What the panel lets a person do with jobs and systems, each as a task that the browser follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc import systemfiles
from maia_hub.hpc.broker.client import BrokerTransport
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.jobspec import JobSpec
from maia_hub.hpc.systems import System
from maia_hub.hpc.watching import OVER
from maia_lab.hpc import panelfiles, panelforms, panelmlflow, panelruns, panelviews
from maia_lab.hpc.paneldesk import Desk, Errand
from maia_lab.hpc.panelruns import Along, Sent
from maia_lab.hpc.paneltasks import Task
from maia_lab.paths import within


@dataclass(frozen=True)
class _Wish:
    """What a form asks for, read and found possible."""

    spec: JobSpec
    system: System
    job: Job
    sent: Sent | None
    along: Mapping[str, str]


def preview(desk: Desk, form: Mapping[str, Any]) -> str:
    """Return the script that a form would submit."""
    return _wish(desk, form).job.script


def submit(desk: Desk, tab: str, form: Mapping[str, Any]) -> Task:
    """Submit what a form describes, and send along what it names; what cannot be is said at once."""
    wish = _wish(desk, form)

    async def work(errand: Errand) -> dict[str, Any]:
        verbs = errand.verbs
        if wish.sent is None:
            return panelviews.job(await verbs.submit(wish.spec, wish.system))
        await _send(errand, wish, wish.sent)
        verbs.jobs.add(wish.job)
        return panelviews.job(await verbs.again(wish.job.token))

    return desk.start("submit", tab, wish.system.name, work)


async def _send(errand: Errand, wish: _Wish, sent: Sent) -> None:
    """Send what goes along before there is a job, so that none begins without it."""
    job = wish.job
    remote = job.folder if sent.kind == "notebook" else f"{job.folder}/{sent.path.name}"
    with panelruns.staged(sent) as local:
        await panelfiles.send(errand.reach, wish.system, local, remote, errand.task.at)
    back = {"to": str(sent.path.parent), "patterns": [f"/{sent.executed}"]}
    Along().note(job.token, wish.along, back if sent.kind == "notebook" else None)


def _wish(desk: Desk, form: Mapping[str, Any]) -> _Wish:
    system = desk.verbs.system(str(form.get("system") or systemfiles.LOCAL.name))
    along = panelforms.mapping(form, "send")
    sent = panelruns.sent(along, desk.root)
    given = dict(form)
    if sent and sent.kind == "folder":
        given["rest"] = {**panelforms.mapping(form, "rest"), "folder": sent.path.name}
    if sent and sent.kind == "notebook" and not form.get("command"):
        given["command"] = panelruns.command(sent.path.name, system)
    spec = panelforms.spec(given)
    return _Wish(spec, system, desk.verbs.preview(spec, system), sent, along)


def page(desk: Desk, token: str) -> dict[str, Any]:
    """Return all that a job's own page shows; its form sends along what it did."""
    job = desk.job(token)
    shown = {**panelviews.page(job), "run": Along().run(job.token)}
    sent, form = Along().sent(job.token), shown["form"]
    if sent:
        form["send"] = sent
        form["rest"].pop("folder", None)
        # What executes a notebook hangs on the system, which may become another.
        if form["command"] == panelruns.command(sent["path"], desk.verbs.system(job.system)):
            form["command"] = ""
    return shown


def again(desk: Desk, tab: str, token: str) -> Task:
    """Submit a job of which it was not known whether it was taken."""

    async def work(errand: Errand) -> dict[str, Any]:
        return panelviews.job(await errand.verbs.again(token))

    return desk.start("again", tab, desk.job(token).token, work)


def cancel(desk: Desk, tab: str, token: str) -> Task:
    """Cancel a job."""

    async def work(errand: Errand) -> dict[str, Any]:
        return panelviews.job(await errand.verbs.cancel(token))

    return desk.start("cancel", tab, desk.job(token).token, work)


def sign_in(desk: Desk, tab: str, name: str) -> Task:
    """Open the connection to a system, asking the person at the tab what only a person knows."""
    system = desk.verbs.system(name)

    async def work(errand: Errand) -> None:
        reached = errand.verbs.reach(system)
        if isinstance(reached, BrokerTransport):
            await reached.sign_in()
        desk.ask_again(name)

    return desk.start("sign-in", tab, name, work)


def check(desk: Desk, tab: str, name: str) -> Task:
    """Check what is assumed of a system."""
    system = desk.verbs.system(name)

    async def work(errand: Errand) -> list[dict[str, Any]]:
        return [vars(each) for each in await errand.verbs.check(system)]

    return desk.start("check", tab, name, work)


def fetch(desk: Desk, tab: str, token: str, given: Mapping[str, Any]) -> Task:
    """Fetch files of a job's run folder to a folder that the file browser shows."""
    job, patterns = desk.job(token), _patterns(given, ["*"])
    to = within(desk.root, str(given.get("to", "")))
    system = desk.verbs.system(job.system)

    async def work(errand: Errand) -> dict[str, Any]:
        files = await panelfiles.fetch(errand.reach, system, job, to, patterns, errand.task.at)
        return {"files": files, "path": _shown(desk, to)}

    return desk.start("fetch", tab, job.token, work)


def track(desk: Desk, tab: str, token: str, given: Mapping[str, Any]) -> Task:
    """Write a job that is over to MLflow, once, with further files that match some patterns."""
    job, patterns = desk.job(token), _patterns(given, [])

    async def work(errand: Errand) -> dict[str, Any]:
        await errand.verbs.show(job.token)  # so that it is here that the person is asked, if anything is
        run = await panelmlflow.track(job.token, patterns)
        Along().is_tracked(job.token, run)
        return run

    return desk.start("track", tab, job.token, work)


def _patterns(given: Mapping[str, Any], otherwise: list[str]) -> list[str]:
    patterns = given.get("patterns") or otherwise
    if not isinstance(patterns, list) or not all(isinstance(each, str) for each in patterns):
        raise InvalidInput("patterns is to be a list of words.")
    return patterns


def over(desk: Desk, job: Job) -> None:
    """Let come back what is to come back of a job that is over: nobody is asked for it."""
    expected = Along().back(job.token)
    if expected is None or job.state not in OVER or desk.tasks.runs("return", job.token):
        return
    to, patterns = Path(expected["to"]), [str(each) for each in expected["patterns"]]

    async def work(errand: Errand) -> dict[str, Any]:
        system = errand.verbs.system(job.system)
        files = await panelfiles.fetch(errand.reach, system, job, to, patterns, errand.task.at)
        Along().is_back(job.token)
        return {"files": files, "path": _shown(desk, to / patterns[0].lstrip("/")) if files else ""}

    desk.start("return", "", job.token, work)


def _shown(desk: Desk, path: Path) -> str:
    """Return a path as the file browser has it; empty for one that it does not show."""
    root = desk.root.resolve()
    return str(path.relative_to(root)) if root in path.parents or path == root else ""
