"""A small MONAI Label that teaches, with who conducts its trainings, as tests have them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from maia_hub.monailabel import ohif, process, server
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.learning.conductor import Conductor
from maia_hub.monailabel.learning.events import Learning, Training
from maia_hub.monailabel.learning.place import Place
from maia_hub.monailabel.server import Server
from maia_hub.monailabel.state import Folder, Wish, folders
from tests.monailabel import small
from tests.monailabel.school import APP, FILES, MODEL, Images
from tests.waiting import until

NAME = "one"


@dataclass
class School:
    """A server, its images and its app; ``began`` are the trainings that MONAI Label was asked for."""

    environment: Environment
    wish: Wish
    images: Images
    device: str = "cpu"
    place: Place = field(default_factory=lambda: Place(NAME))

    @property
    def app(self) -> Path:
        """The app's folder."""
        return Path(self.wish.app)

    def used(self) -> Any:
        """Return what MONAI Label predicts by: the model in place, None if there is none."""
        path = self.app / "model" / f"{MODEL}.pt"
        return json.loads(path.read_text()) if path.exists() else None

    def start(self) -> Server:
        """Start the server, or find it."""
        return server.start(self.environment, NAME, self.wish)

    def find(self) -> Server:
        """Return it as it is found, on the device that the test says."""
        return replace(server.reached(NAME), device=self.device)

    def asked(self) -> list[str]:
        """Return the names of the trainings that MONAI Label was asked for since it was started."""
        with self.start().client() as client:
            tasks = client.get("/train/", params={"all": True}).json()
        return [each["request"]["name"] for each in tasks] if isinstance(tasks, list) else []

    def says(self, name: str, text: str = "") -> None:
        """Tell the trainings something: ``quality``, ``hold`` or ``break``."""
        (self.app / name).write_text(text)

    def no_more(self, name: str) -> None:
        """Take it back."""
        (self.app / name).unlink()

    async def kill(self) -> None:
        """Kill the server, and what it has started."""
        known = Folder(NAME).known()
        assert known is not None
        await asyncio.to_thread(process.end, known.process, Folder(NAME))


def school(environment: Environment, folder: Path) -> School:
    """Lay out one in a folder."""
    app = folder / "app"
    app.mkdir()
    (app / "main.py").write_text(APP)
    images = Images(folder / "images")
    made = School(environment, Wish(str(app), {}, str(images.folder), device="cpu"), images)
    made.says("quality", "4")
    return made


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[School]:
    """Give one in a home of its own; what has been started is ended after that."""
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    made = small.environment(folder / "environment", FILES)
    monkeypatch.setattr(ohif, "PINNED", small.pinned(made))
    try:
        yield school(made, folder)
    finally:
        for each in folders():
            known = each.known()
            if known is not None:
                process.end(known.process, each)


@asynccontextmanager
async def conducted(of: School) -> AsyncIterator[Conductor]:
    """Give who conducts it, at work meanwhile."""
    conductor = Conductor(of.place, of.find, soon=0.05, look=0.05)
    work = asyncio.create_task(conductor.run())
    try:
        yield conductor
        assert not work.done(), work.exception()
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def settled(conductor: Conductor, condition: Callable[[Learning], object]) -> Learning:
    """Wait until something holds of what is known, and nothing is trained; return that."""
    await until(
        lambda: conductor.lesson is None and condition(conductor.record.state()), "what is to be learnt"
    )
    return conductor.record.state()


async def begun(conductor: Conductor) -> Training:
    """Wait until a training has made its first step, and return it."""
    found = partial(_in_progress, conductor)
    await until(found, "the first step of a training")
    training = found()
    assert training is not None
    return training


def _in_progress(conductor: Conductor) -> Training | None:
    running = conductor.record.state().running()
    return running if running and conductor.place.progress(running.id).points else None
