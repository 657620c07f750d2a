"""Who trains the models of one MONAI Label: woken by a label or a person, one training at a time, and asleep otherwise.

Only while something waits for MONAI Label, a training that was interrupted or one that is due, it looks now and then
whether that is back.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from maia_hub.core.errors import InProgress, InvalidInput, MaiaError, NotFound, Unavailable
from maia_hub.monailabel.labels.delivery import Arrived, Delivered
from maia_hub.monailabel.learning import files, rules
from maia_hub.monailabel.learning.arrivals import arrivals, note
from maia_hub.monailabel.learning.datasets import Labelled
from maia_hub.monailabel.learning.events import Training
from maia_hub.monailabel.learning.lesson import LOOK, Lesson
from maia_hub.monailabel.learning.place import Place
from maia_hub.monailabel.learning.record import Record
from maia_hub.monailabel.learning.rules import Wanted
from maia_hub.monailabel.learning.teacher import Find, Gone, Teacher
from maia_hub.monailabel.learning.turns import turn
from maia_hub.monailabel.server import Server

_SOON, _LATEST = 2.0, 60.0
"""Seconds between looks at what is not there, from the first to the last."""
_RESERVED = ("name", "maia", "device", "model", "tracking")
_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class _Asked:
    model: str
    by: str
    parameters: Mapping[str, str]


@dataclass
class Conductor:
    """Trains what one server serves; ``tell`` is called after each change. `run` it in an event loop, once.

    ``soon`` are the seconds until it looks again for what is not there, at first; ``look`` those between looks at a
    training that runs.
    """

    place: Place
    find: Find
    clock: Callable[[], datetime] = _now
    tell: Callable[[], None] = lambda: None
    soon: float = _SOON
    look: float = LOOK
    lesson: Lesson | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: list[_Asked] = field(default_factory=list)
    _settled: str = ""
    _stopped: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.record = Record(self.place.record)

    async def run(self) -> None:
        """Train what is due or asked for, until cancelled; MONAI Label then goes on, and is found again."""
        pause = self.soon
        while True:
            waits = await self._tried()
            woken = await self._woken(pause if waits else None)
            pause = self.soon if woken or not waits else min(_LATEST, 2 * pause)

    async def _tried(self) -> bool:
        try:
            return await self._look()
        except MaiaError as e:
            _log.warning("Learning waits: %s", e.message)
            return True

    async def _woken(self, within: float | None) -> bool:
        """Sleep until something happens, or so many seconds; tell whether something did."""
        try:
            await asyncio.wait_for(self._wake.wait(), within)
        except asyncio.TimeoutError:
            return False
        self._wake.clear()
        return True

    def arrived(self) -> Arrived:
        """Return what to tell of each label that the image server has."""
        policy, _ = self.place.policy()

        async def due(_model: str) -> None:
            return

        noted = arrivals(self.record, (), policy, due, self.clock)

        async def told(delivered: Delivered) -> None:
            await noted(delivered)
            self.wake()

        return told

    async def drawn(self, by: str) -> None:
        """Note the labels in a folder of images, which no image server has; those that are new are by a person."""
        server = await asyncio.to_thread(self.find)
        if server.wish.modalities:
            return
        async with Teacher(server, self.find) as teacher:
            found = await teacher.labelled()
        labels = [
            Labelled(
                image=image,
                label=f"{image}@{info.get('ts', 0)}",
                author=by,
                at=datetime.fromtimestamp(float(info.get("ts", 0)), timezone.utc),
            )
            for image, info in found.items()
        ]
        await asyncio.to_thread(note, self.record, labels, self.clock())
        self.wake()

    def wake(self) -> None:
        """Say that something happened; from the loop's own thread."""
        self._wake.set()
        self.tell()

    def ask(self, model: str, by: str, parameters: Mapping[str, str] | None = None) -> None:
        """Have a model trained because a person asks for it.

        Raises:
            InProgress: something is trained already.
            Conflict: there is nothing to learn from, or the same was learnt before.
            NotFound: the server teaches no such model.
            Unavailable: the server is not ready.
        """
        server = self.find()
        _taught(server, model)
        policy, usual = self.place.policy()
        given = {**_texts(usual), **_texts(parameters or {}), "device": server.device}
        state = self.record.state()
        if self._asked or (self.lesson is not None):
            raise InProgress("A model is being trained: one at a time.")
        running = state.running()
        left = [each for each in state.trainings.values() if each.state == "interrupted"]
        if running is None and model not in {each.model for each in left}:
            rules.start(state, Wanted("t-", model, given, by), policy, self.clock())
        self._asked.append(_Asked(model, by, given))
        self.wake()

    async def stop(self, training: str, by: str) -> None:
        """Stop a training because a person wants it.

        Raises:
            NotFound: there is no such training.
            IllegalTransition: it does not run, or wait.
        """
        lesson = self.lesson
        if lesson is not None and lesson.training.id == training:
            lesson.stopped = by
            async with Teacher(lesson.teacher.server, self.find) as teacher:  # the lesson's own ends with it
                await teacher.stop()
            return
        self.record.change(lambda state: rules.failed(state, training, f"stopped by {by}", self.clock()))
        self.tell()

    async def promote(self, model: str, version: int, by: str, why: str) -> None:
        """Have a version used because a person says so: another one, an earlier one again, or 0: as it came.

        Raises:
            NotFound: there is no such version, or its file is gone.
            Unavailable: the server is not ready, or the disk is full.
        """
        server = await asyncio.to_thread(self.find)
        target = Path(_taught(server, model))
        state = self.record.state()
        wanted = None if version == 0 else state.version(model, version)
        copy = await asyncio.to_thread(files.prepare, self.place, model, wanted, target, state)
        try:
            self.record.change(
                lambda state: rules.promoted(state, model, version, by, why[:300], self.clock())
            )
        except BaseException:
            copy.drop()
            raise
        copy.use()
        self.tell()

    async def _look(self) -> bool:
        """Do what is to be done; tell whether something waits for a server that is not there."""
        while True:
            left = self._left()
            try:
                server = await asyncio.to_thread(self.find)
                await self._settle(server)
                asked = self._next(server, left)
                if asked is None:
                    return bool(left)
                if not await self._teach(server, asked):
                    return True
            except (Unavailable, NotFound, Gone):
                return bool(left or self._asked) or self._due()

    def _left(self) -> list[Training]:
        """Return the trainings that go on another time, or are said to run though nobody trains."""
        trainings = self.record.state().trainings.values()
        return [each for each in trainings if each.state in ("interrupted", "running")]

    def _due(self) -> bool:
        """Tell whether there are labels that a model, once it is served again, may learn from."""
        state = self.record.state()
        learnt = {each.model for each in state.trainings.values()}
        policy, _ = self.place.policy()
        return any(not rules.waits_for(state, model, policy) for model in learnt) or (
            bool(state.labels) and not learnt
        )

    def _next(self, server: Server, left: list[Training]) -> _Asked | None:
        """Return what is trained now: what a person asked for, what was interrupted, what is due by the rules."""
        if self._asked:
            return self._asked[0]
        for each in left:
            if self._goes_on(each, server):
                return _Asked(each.model, "", each.parameters)
        if left:
            return None
        state = self.record.state()
        policy, usual = self.place.policy()
        for model in server.published:
            if not rules.waits_for(state, model, policy):
                return _Asked(model, "", _texts(usual))
        return None

    def _goes_on(self, training: Training, server: Server) -> bool:
        """Tell whether a training goes on by itself: not on the CPU if it began on a GPU, nor where it was stopped."""
        if training.model not in server.published or self._stopped.get(training.id) == server.secret:
            return False
        if training.parameters.get("device") == "cuda" and server.device == "cpu":
            return False
        kept = self.place.version(training.id)
        room = shutil.disk_usage(Path(server.published[training.model]).parent).free
        return not kept.exists() or room > kept.stat().st_size

    async def _teach(self, server: Server, asked: _Asked) -> bool:
        """Do one training; False if it is not its turn, or was interrupted."""
        policy, _ = self.place.policy()
        parameters = {**asked.parameters, "device": asked.parameters.get("device", server.device)}
        async with Teacher(server, self.find) as teacher:
            busy = await teacher.busy()
            if busy is not None and busy not in {each.id for each in self._left()}:
                _log.info("%s waits: MONAI Label trains what was asked of itself", asked.model)
                return False
            with turn(self.record, asked.model, parameters, self.clock, policy, by=asked.by) as taken:
                if asked in self._asked:
                    self._asked.remove(asked)
                if isinstance(taken, str):
                    _log.info("%s is not trained: %s", asked.model, taken)
                    return False
                await self._lead(Lesson(taken, teacher, self.place, self.tell, self.look), server)
        return self.record.state().training(taken.training.id).state != "interrupted"

    async def _lead(self, lesson: Lesson, server: Server) -> None:
        self.lesson = lesson
        self.tell()
        try:
            await lesson.run()
        finally:
            self.lesson = None
            training = self.record.state().training(lesson.training.id)
            if training.state == "interrupted" and "stopped in MONAI Label" in training.why:
                self._stopped[training.id] = server.secret
            self.tell()

    async def _settle(self, server: Server) -> None:
        """Once for each start of the server: put in place what the record says is used."""
        if self._settled == server.secret:
            return
        state = self.record.state()
        for model, target in server.published.items():
            if await asyncio.to_thread(files.settle, self.place, model, Path(target), state):
                _log.info("The version of %s that is used was put in place", model)
        self._settled = server.secret


def _taught(server: Server, model: str) -> str:
    if model not in server.published:
        raise NotFound(
            "This server teaches no such model.", given=model[:60], allowed=sorted(server.published) or "none"
        )
    return server.published[model]


def _texts(parameters: Mapping[str, object]) -> dict[str, str]:
    """Return parameters as the record has them; those that are ours to give are refused."""
    wrong = [name for name in parameters if name in _RESERVED]
    if wrong:
        raise InvalidInput(
            "These parameters of a training are not to be given.", given=", ".join(wrong)[:100]
        )
    return {
        name: value
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
        for name, value in parameters.items()
    }
