"""One training from its turn to a version: taught, kept, scored, put in place, and written to MLflow."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maia_hub.core.errors import Conflict, MaiaError, Unavailable
from maia_hub.core.files import replace_whole
from maia_hub.monailabel.learning import files, rules
from maia_hub.monailabel.learning.events import BASE, Learning, Training, Version
from maia_hub.monailabel.learning.place import Place
from maia_hub.monailabel.learning.scoring import scored
from maia_hub.monailabel.learning.teacher import Gone, Task, Teacher
from maia_hub.monailabel.learning.tracking import Outcome, track
from maia_hub.monailabel.learning.turns import Turn

LOOK = 1.0
_TRIES = 10
_EPOCHS = 50
"""MONAI Label's own number of epochs."""
_log = logging.getLogger(__name__)


class Interrupted(Exception):
    """It goes on another time; the words say why."""


class Failed(Exception):
    """It cannot be done; the words say why."""


@dataclass
class Lesson:
    """A training that has its turn. ``tell`` is called when it is further; ``stopped`` holds who stopped it."""

    taken: Turn
    teacher: Teacher
    place: Place
    tell: Callable[[], None]
    look: float = LOOK
    stopped: str = ""
    _said: tuple[object, ...] = field(default=())

    @property
    def training(self) -> Training:
        """What is learnt."""
        return self.taken.training

    async def run(self) -> None:
        """Do it, and write down how it ended; if this is cancelled, MONAI Label goes on and is found again."""
        await self._track()
        try:
            await self._learn()
        except (Interrupted, Gone) as e:
            if self.stopped:
                self._fail(f"stopped by {self.stopped}")
            else:
                self.taken.interrupt(str(e))
        except Failed as e:
            self._fail(str(e))
        except MaiaError as e:
            self._fail(e.message)
        await self._track()

    def _fail(self, why: str) -> None:
        self.taken.record.change(
            lambda state: rules.failed(state, self.training.id, why[:300], self.taken.clock())
        )

    async def _learn(self) -> None:
        done = self.place.lesson(self.training.id) / "done"
        if not done.exists():
            await self._teach()
            done.touch()
        self.check()
        kept = await asyncio.to_thread(files.keep, self._made, self.place, self.training.id)
        await self._judge(kept)

    def check(self) -> None:
        """Go no further if a person has stopped it."""
        if self.stopped:
            raise Failed(f"stopped by {self.stopped}")

    @property
    def _made(self) -> Path:
        return self.place.lesson(self.training.id) / "model.pt"

    async def _teach(self) -> None:
        """Begin, or find again, what MONAI Label does, and follow it to its end."""
        task = await self._task()
        if task is None or task.status in ("ERROR", "STOPPED"):
            try:
                await self.teacher.begin(self.training.model, self._request())
            except Conflict as e:
                raise Interrupted(e.message) from e
        while True:
            task = await self._task()
            self._further()
            if task is None:
                raise Interrupted("MONAI Label knows nothing of it any more")
            if task.status == "DONE":
                return
            if task.status == "ERROR":
                raise Failed(f"MONAI Label could not train: {_why(task)}")
            if task.status == "STOPPED":
                self.check()
                raise Interrupted("it was stopped in MONAI Label")
            await asyncio.sleep(self.look)

    async def _task(self) -> Task | None:
        """Return what MONAI Label says of it; while it predicts it says nothing, which is waited for."""
        for _ in range(_TRIES):
            try:
                return await self.teacher.task(self.training.id)
            except Unavailable as e:
                _log.info("MONAI Label is asked again: %s", e.message)
                await asyncio.sleep(self.look)
        raise Interrupted("MONAI Label does not answer")

    def _further(self) -> None:
        progress = self.place.progress(self.training.id)
        said = (len(progress.points), progress.epoch)
        if said != self._said:
            self._said = said
            self.tell()

    def _request(self) -> Mapping[str, Any]:
        """Return what MONAI Label is to do: a folder of its own for each training, on the images to learn from."""
        folder = self.place.lesson(self.training.id)
        images = folder / "images.json"
        replace_whole(images, json.dumps([each.image for each in self.training.train.labels]))
        given = {name: _value(value) for name, value in self.training.parameters.items()}
        epochs = int(given.get("max_epochs", _EPOCHS))
        return {
            "multi_gpu": False,
            "val_split": 0,
            **given,
            "tracking": "None",
            "name": self.training.id,
            "device": self.teacher.server.device,
            "max_epochs": max(1, epochs - self.place.progress(self.training.id).epoch),
            "maia": {
                "images": str(images),
                "publish": str(self._made),
                "progress": str(folder / "progress.jsonl"),
            },
        }

    async def _judge(self, kept: Path) -> None:
        """Score it, and have it used if the rules say so: nothing is said to be used that could not be put in place."""
        record, training = self.taken.record, self.training
        score, rival = await self._scores(record.state())
        self.check()
        copy = await asyncio.to_thread(self._copy, record.state(), kept)
        try:
            state = self.taken.end(str(kept), score, rival)
        except BaseException:
            copy.drop()
            raise
        used = state.used(training.model)
        if used is not None and used.training == training.id:
            copy.use()
        else:
            copy.drop()

    def _copy(self, state: Learning, kept: Path) -> files.Prepared:
        training = self.training
        new = Version(
            model=training.model,
            number=0,
            training=training.id,
            artifact=str(kept),
            score=None,
            held="",
            at=training.changed,
        )
        try:
            return files.prepare(self.place, training.model, new, self._target, state)
        except Unavailable as e:
            raise Interrupted(e.message) from e

    @property
    def _target(self) -> Path:
        return Path(self.teacher.server.published[self.training.model])

    async def _scores(self, state: Learning) -> tuple[float | None, tuple[int, float] | None]:
        """Return its score, and what it is measured against: the version in use, or the model as it came."""
        model = self.training.model
        used = state.used(model)
        came_empty = model in self.teacher.server.untrained and state.promoted(model) is None
        others = [] if used is None and came_empty else [None if used is None else used.training]
        number = BASE if used is None else used.number
        try:
            score, *rivals = await scored(
                self.teacher, model, self.training.held, [self.training.id, *others]
            )
        except Unavailable as e:
            if self.teacher.ended():
                raise Gone("MONAI Label ended") from e
            return self._unscored(e, others, number)
        except MaiaError as e:
            return self._unscored(e, others, number)
        if not rivals:
            return score, None
        return score, (number, math.nan if rivals[0] is None else rivals[0])

    def _unscored(
        self, error: MaiaError, others: list[str | None], number: int
    ) -> tuple[None, tuple[int, float] | None]:
        _log.warning("The version of %s could not be scored: %s", self.training.model, error.message)
        return None, (number, math.nan) if others else None

    async def _track(self) -> None:
        """Write it to MLflow, if there is one; that it does not take it ends no training."""
        if "MLFLOW_TRACKING_URI" not in os.environ:
            return
        state = self.taken.record.state()
        training = state.training(self.training.id)
        version = None if training.version is None else state.version(training.model, training.version)
        model = None if version is None else Path(version.artifact)
        outcome = Outcome(self.place.progress(training.id).points, model, version)
        try:
            tracked = await asyncio.to_thread(track, training, outcome)
            said = {"run": tracked.run, "page": tracked.page}
        except MaiaError as e:
            _log.warning("The training was not written to MLflow: %s", e.message)
            said = {**self.place.run(training.id), "why": e.message[:300]}
        self.place.keep_run(training.id, said)


def _value(text: str) -> Any:
    """Return a parameter as MONAI Label takes it: numbers and truths as such."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _why(task: Task) -> str:
    """Return what it said last that is no frame of a traceback."""
    said = [line.strip() for line in task.details if line.strip()]
    return said[-1][:250] if said else "it said nothing"
