"""A job under a cell: state, place in the queue, progress, the end of its log, as they change.

JupyterLab with our extension draws the box itself, from the job's token, and needs no kernel for it: it is live after a
restart, and when the notebook is opened again. Any other front end shows widgets of this kernel.
"""

from __future__ import annotations

from html import escape
from typing import Any

from IPython.display import display
from ipywidgets.widgets.widget_box import VBox
from ipywidgets.widgets.widget_string import HTML

from maia_hub.hpc.advice import advice
from maia_hub.hpc.following import Event, percent
from maia_hub.hpc.jobs import Job
from maia_lab.hpc.following import Followed

BOX = "application/vnd.maia.job+json"
"""What our extension draws; the same is written in ``src/hpc/box.tsx``."""

_LINES = 15


def shown(followed: Followed) -> None:
    """Show a job that is followed from now on until it is over."""
    state, progress, log = HTML(), HTML(), HTML()

    def update(_event: Event | None = None) -> None:
        for part, html in (
            (state, state_html(followed)),
            (progress, progress_html(percent(followed.tail))),
            (log, log_html(followed.tail)),
        ):
            if part.value != html:  # every value that is set travels
                part.value = html

    followed.listen(update)
    followed.start()
    update()
    box = VBox([state, progress, log])
    box.add_class("maia-Job")
    display(bundle(followed.job, box), raw=True)


def bundle(job: Job, box: VBox) -> dict[str, Any]:
    """Return the box as each front end takes it; in words for one that takes neither."""
    own = {"token": job.token, "name": job.name, "system": job.system}
    words = f"{job.name} on {job.system} · %hpc {job.token}"
    return {**(box._repr_mimebundle_() or {}), "text/plain": words, BOX: own}


def state_html(followed: Followed) -> str:
    """Say what a job is, how it stands and what to do."""
    job = followed.job
    head = f"<strong>{escape(job.state)}</strong> {escape(job.name)}"
    lines = [head, *map(escape, filter(None, (where(job), waits(job, followed.place), advice(job))))]
    if followed.trouble:
        lines.append(f"No answer at present: {escape(followed.trouble)}")
    return f"<div role='status' style='line-height:1.5'>{'<br>'.join(lines)}</div>"


def progress_html(done: int | None) -> str:
    """Show how far a job is, if its log says so."""
    if done is None:
        return ""
    return f"<progress max='100' value='{done}' aria-label='Progress'></progress> {done} %"


def where(job: Job) -> str:
    """Say where a job is, and by which word it is found again."""
    number = f"job {job.job_id} on {job.system}" if job.job_id else job.system
    code = f" · exit code {job.exit_code}" if job.exit_code not in {"", "0:0"} else ""
    return f"{number}{code} · %hpc {job.token}"


def waits(job: Job, place: tuple[int, int] | None) -> str:
    """Say where in the queue a job stands and when it is expected to start, as far as that is known."""
    if job.state != "PENDING":
        return ""
    said = [f"number {place[0]} of {place[1]} that wait" if place else ""]
    start = job.expected_start[:16].replace("T", " ")
    said += [f"expected to start {start} UTC" if start else "", f"({job.reason})" if job.reason else ""]
    return " ".join(filter(None, said))


def log_html(tail: str) -> str:
    """Return the last lines of a log; of a line that was written over, what stands there last."""
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1] for line in tail.rstrip("\n").split("\n")[-_LINES:]]
    if not any(lines):
        return ""
    style = "max-height:20em;overflow:auto;white-space:pre-wrap;line-height:1.3;margin:.3em 0"
    text = escape("\n".join(lines))
    return f"<pre role='log' aria-live='off' aria-label='Log' tabindex='0' style='{style}'>{text}</pre>"
