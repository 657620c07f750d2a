"""The routes about what a MONAI Label learns, below ``maia/monailabel/NAME/learning``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from maia_hub.core.errors import InvalidInput
from maia_lab.handling import BEAT, EventHandler, JsonHandler
from maia_lab.monailabel.learning import LEARNING, Learning

_AT_MOST = 0.5
"""Seconds between two states of a stream: a training says something after each step."""


class _Handler(JsonHandler):
    @property
    def learning(self) -> Learning:
        """Those who conduct."""
        found: Learning = self.settings[LEARNING]
        return found

    def named(self, name: str, kind: type[Any] = str) -> Any:
        """Return what the body says under a name."""
        found = self.body().get(name)
        if not isinstance(found, kind) or isinstance(found, bool) or found == "":
            raise InvalidInput(f"The body is to say {name}.", given=str(found)[:60], allowed=kind.__name__)
        return found


class StateHandler(_Handler):
    """GET maia/monailabel/NAME/learning: models, versions, the training that runs, and labels."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Answer with it."""
        self.answer(await self.learning.shown(name))


class TrainHandler(_Handler):
    """POST …/train ``{"model", "parameters"?}``: have a model trained."""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Answer when that is accepted."""
        parameters = self.body().get("parameters", {})
        if not isinstance(parameters, Mapping):
            raise InvalidInput("The parameters are to be an object.")
        self.learning.conductor(name).ask(self.named("model"), self.current_user.username, parameters)
        self.answer({}, HTTPStatus.ACCEPTED)


class StopHandler(_Handler):
    """POST …/stop ``{"training"}``: stop a training, or give up one that waits."""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Answer when MONAI Label was told."""
        await self.learning.conductor(name).stop(self.named("training"), self.current_user.username)
        self.answer({}, HTTPStatus.ACCEPTED)


class PromoteHandler(_Handler):
    """POST …/promote ``{"model", "version", "why"?}``: use another version, an earlier one again, or 0: as it came."""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Answer when it is used."""
        model, version = self.named("model"), self.named("version", int)
        why, by = str(self.body().get("why", "")), self.current_user.username
        await self.learning.conductor(name).promote(model, version, by, why)
        self.answer({"model": model, "version": version})


class FeedHandler(EventHandler, _Handler):
    """GET …/events: the state, now and after each change."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Stream."""
        learning = self.learning
        learning.conductor(name)
        async with self.stream():
            with learning.listening(name) as changed:
                while True:
                    await self.event("learning", await learning.shown(name))
                    await asyncio.sleep(_AT_MOST)
                    while not changed.is_set():
                        with suppress(asyncio.TimeoutError):
                            await asyncio.wait_for(changed.wait(), BEAT)
                            continue
                        await self.event("beat", {})
                    changed.clear()


ROUTES: Mapping[str, type[JsonHandler]] = {
    "learning": StateHandler,
    "learning/train": TrainHandler,
    "learning/stop": StopHandler,
    "learning/promote": PromoteHandler,
    "learning/events": FeedHandler,
}
"""Below ``maia/monailabel/NAME/``."""
