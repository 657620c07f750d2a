"""The routes behind the panel "Images" of a server with a real archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from maia_lab.imaging.handlersbase import DESK
from tests.dicom.orthanc import AET, Orthanc
from tests.lab.hpcpanel import Panel, Stream
from tests.waiting import until


def variables(orthanc: Orthanc) -> dict[str, str]:
    """Return the environment that names an archive."""
    return {
        "MAIA_DICOMWEB_URL": orthanc.url,
        "MAIA_DICOM_HOST": "127.0.0.1",
        "MAIA_DICOM_PORT": str(orthanc.dicom_port),
        "MAIA_DICOM_AET": AET,
    }


@contextmanager
def panel(fetch: Any, app: Any, loop: Any, headers: Any) -> Iterator[Panel]:
    """Let the panel be used for a while."""
    address = f"http://localhost:{app.port}{app.base_url}".rstrip("/")
    yield Panel(fetch, address, headers, subject="images")
    desk = app.web_app.settings.get(DESK)
    if desk:
        loop.run_until_complete(desk.close())


async def over(images: Panel, stream: Stream, *path: str, **body: Any) -> Any:
    """Begin something and wait for its end."""
    task = await images.call("POST", *path, tab="t", **body)
    await until(lambda: stream.over(task["id"]), "a task")
    return stream.task(task["id"])
