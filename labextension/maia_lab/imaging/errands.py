"""What the panel lets a person do with images, each as a task that the browser follows and may give up."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.imaging import AsyncDicomWeb, Fetched, Refused, Sent, dicom_to_nifti
from maia_hub.imaging.progress import Progress, Tell
from maia_hub.imaging.records import is_uid
from maia_lab.imaging import views
from maia_lab.imaging.desk import Desk, Task
from maia_lab.imaging.nodefiles import chosen
from maia_lab.imaging.spool import Upload, workroom
from maia_lab.paths import shown, within


def convert(desk: Desk, tab: str, given: Mapping[str, Any]) -> Task:
    """Fetch a series and write it as NIfTI into a folder that the file browser shows."""
    study, series = _uid(given, "study"), _uid(given, "series")
    to = within(desk.root, str(given.get("to") or "nifti"))

    async def work(task: Task) -> dict[str, Any]:
        with workroom() as room:
            fetched = await _fetch(desk, task, study, series, room / "dicom")
            task.begins("convert")
            (room / "nifti").mkdir()
            await asyncio.to_thread(
                dicom_to_nifti, fetched.files, room / "nifti", progress=_from_thread(task)
            )
            made = [_moved(each, to) for each in sorted((room / "nifti").iterdir())]
        images = [each for each in made if each.name.endswith((".nii", ".nii.gz"))]
        return {"paths": [shown(desk.root, each) for each in images], "folder": shown(desk.root, to)}

    return desk.start("convert", tab, series, work)


def forward(desk: Desk, tab: str, given: Mapping[str, Any]) -> Task:
    """Send a study, or a series of it, to another node."""
    study, series = _uid(given, "study"), _uid(given, "series") if given.get("series") else None
    node = chosen(given.get("node"))

    async def work(task: Task) -> dict[str, Any]:
        with workroom() as room:
            fetched = await _fetch(desk, task, study, series, room)
            task.begins("send")
            done = await node.send(fetched.files, task.at)
        return views.sent(_named(done, lambda path: Path(path).name))

    return desk.start("forward", tab, series or study, work)


def send(desk: Desk, tab: str, given: Mapping[str, Any]) -> Task:
    """Send files, folders and zips of the file browser to the archive."""
    paths = given.get("paths")
    if not isinstance(paths, list) or not paths or not all(isinstance(each, str) for each in paths):
        raise InvalidInput("paths is to be a list of words.")
    found = [within(desk.root, each) for each in paths]
    for path, named in zip(found, paths, strict=True):
        if not path.exists():
            raise NotFound(f"There is no {named}.", given=named[:200])

    async def work(task: Task) -> dict[str, Any]:
        async with desk.moving() as web:
            done = await _send(web, task, found)
        return views.sent(_named(done, lambda path: shown(desk.root, Path(path)) or path))

    return desk.start("send", tab, "", work)


def send_upload(desk: Desk, tab: str, upload: Upload) -> Task:
    """Send what a browser has brought, and take it out of the spool, whatever becomes of it."""

    async def work(task: Task) -> dict[str, Any]:
        try:
            async with desk.moving() as web:
                done = await _send(web, task, upload.files)
        finally:
            desk.spool.end(upload.id)
        return views.sent(_named(done, upload.called))

    return desk.start("send", tab, upload.id, work)


async def _fetch(desk: Desk, task: Task, study: str, series: str | None, into: Path) -> Fetched:
    task.begins("fetch")
    async with desk.moving() as web:
        fetched = await web.fetch(study, series, into=into, progress=task.at)
    if not fetched.files:
        raise NotFound("The archive has nothing of this any more.", advice="Search again.")
    return fetched


def _from_thread(task: Task) -> Tell:
    """Return what notes a task's progress in the loop that it is of."""
    loop = asyncio.get_running_loop()

    def tell(progress: Progress) -> None:
        loop.call_soon_threadsafe(task.at, progress)

    return tell


async def _send(web: AsyncDicomWeb, task: Task, paths: Sequence[Path]) -> Sent:
    task.begins("send")
    return await web.send(paths, progress=task.at)


def _named(done: Sent, called: Any) -> Sent:
    """Return the same with what was refused called as its owner calls it."""
    refused = [Refused(called(each.path), each.reason) for each in done.refused]
    return Sent(accepted=done.accepted, repeated=done.repeated, refused=refused, bytes=done.bytes)


def _moved(made: Path, to: Path) -> Path:
    """Move a file into a folder, beside what is called the same there; return where it is."""
    to.mkdir(parents=True, exist_ok=True)
    stem, dot, ending = made.name.partition(".")
    target, number = to / made.name, 1
    while target.exists():
        number += 1
        target = to / f"{stem}-{number}{dot}{ending}"
    return Path(shutil.move(made, target))


def _uid(given: Mapping[str, Any], what: str) -> str:
    uid = given.get(what)
    if not is_uid(uid):
        raise InvalidInput(f"{what} is to be a DICOM UID.", given=str(uid)[:80])
    return str(uid)
