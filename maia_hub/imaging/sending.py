"""Objects to a server by STOW-RS: several messages at a time, none of them twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import httpx

from maia_hub.core.errors import MaiaError
from maia_hub.imaging import statuses
from maia_hub.imaging.choosing import Choice, Item, Twice
from maia_hub.imaging.dicomjson import Answer
from maia_hub.imaging.gathering import Found, Gathering
from maia_hub.imaging.multipart import Changed, Message
from maia_hub.imaging.pace import Pace
from maia_hub.imaging.queries import tag
from maia_hub.imaging.records import Refused, Sent
from maia_hub.imaging.tally import Tally
from maia_hub.imaging.together import together
from maia_hub.imaging.web import JSON, Passing, Web
from maia_hub.imaging.webfailures import refusing, said, storing_nothing

_OBJECTS, _BYTES = 8, 8 << 20
"""The most of one message: large enough that requests cost little, small enough that a cut costs little."""
_STORED = (200, 202, 400, 409)
"""Statuses whose answers tell of each object; Orthanc says 400 where the standard says 202 or 409."""


class Sending(Tally):
    """One call of `send`."""

    def __init__(self, web: Web, gathering: Gathering, pace: Pace, in_flight: int) -> None:
        super().__init__(gathering, pace)
        self._web = web
        self._gathering = gathering
        self._in_flight = in_flight
        self._queue: asyncio.Queue[list[Item] | None] = asyncio.Queue(1)
        self._there: dict[str, set[str]] = {}

    async def run(self) -> Sent:
        """Send everything."""
        try:
            await together(self._produce(), *(self._work() for _ in range(self._in_flight)))
        except MaiaError as error:
            self._add_to(error)
            raise
        finally:
            while not self._queue.empty():
                _leave(self._queue.get_nowait() or [])
        self._pace.tell()
        return self.sent

    async def _produce(self) -> None:
        """Look at the files, in a thread, and queue those that the server does not have."""
        choice, files = Choice(), iter(self._gathering)
        while chosen := await asyncio.to_thread(_some, files, choice):
            items = [each for each in chosen if isinstance(each, Item)]
            for each in chosen:
                if isinstance(each, Twice):
                    self._repeated(each.uid)
                elif isinstance(each, Refused):
                    self._refuse(each)
            try:
                missing = await self._missing(items)
            except BaseException:
                _leave(items)
                raise
            if missing:
                await self._put(missing)
        for _ in range(self._in_flight):
            await self._queue.put(None)

    async def _put(self, items: list[Item]) -> None:
        try:
            await self._queue.put(items)
        except BaseException:
            _leave(items)
            raise

    async def _missing(self, items: list[Item]) -> list[Item]:
        """Return those that the server does not have; it is asked once for each series."""
        missing = []
        for item in items:
            series = item.header.series_uid
            if series not in self._there:
                self._there[series] = await self._uids(item)
            if item.uid in self._there[series]:
                self._repeated(item.uid)
                item.found.leave()
            else:
                missing.append(item)
        return missing

    async def _uids(self, item: Item) -> set[str]:
        """Return the objects that the server has of an object's series."""
        header = item.header
        path = f"/studies/{header.study_uid}/series/{header.series_uid}/instances"
        asked = [("includefield", tag("SOPInstanceUID"))]
        found = await self._web.pages(path, asked, limit=None, offset=0, nothing=(404,))
        return {Answer(each).text("SOPInstanceUID") for each in found}

    async def _work(self) -> None:
        while items := await self._queue.get():
            try:
                await self._deliver(items)
            finally:
                _leave(items)

    async def _deliver(self, items: list[Item]) -> None:
        """Send one message, again if the way there breaks: then without what has arrived nevertheless."""
        left = items
        try:
            async for attempt in self._web.again():
                with attempt:
                    if attempt.retry_state.attempt_number > 1:
                        left = await self._after_a_break(left)
                    if left:
                        await self._post(left)
        except Passing as passing:
            raise passing.error from passing.__cause__

    async def _after_a_break(self, items: list[Item]) -> list[Item]:
        """Take account of what has arrived; return the rest."""
        there: dict[str, set[str]] = {}
        left = []
        for item in items:
            series = item.header.series_uid
            if series not in there:
                there[series] = await self._uids(item)
            if item.uid in there[series]:
                self._accepted(item)
            else:
                left.append(item)
        return left

    async def _post(self, items: Sequence[Item]) -> None:
        message = Message([(item.found.path, item.found.size) for item in items])
        try:
            given = {"headers": {**JSON, **message.headers}, "content": message.blocks()}
            async with self._web.answer("POST", "/studies", **given) as response:
                await response.aread()
        except Changed as changed:
            await self._without(changed, items)
            return
        await self._take(items, response)

    async def _without(self, changed: Changed, items: Sequence[Item]) -> None:
        """Leave out a file that changed while it was sent; the server took nothing of that message, or a part."""
        for item in items:
            if item.found.path == changed.path:
                self._refuse(Refused(item.found.name, "changed while it was sent"))
        rest = await self._after_a_break([item for item in items if item.found.path != changed.path])
        if rest:
            await self._post(rest)

    async def _take(self, items: Sequence[Item], response: httpx.Response) -> None:
        """Take account of what the server says of each object."""
        stored, failed = _told(response)
        if stored is None and response.status_code >= 300:
            if len(items) == 1 and response.status_code in (400, 409, 413, 415):
                self._refuse(Refused(items[0].found.name, statuses.reason(None, said(response))))
            elif len(items) > 1 and response.status_code in (400, 409, 413, 415):
                for item in items:  # one after the other, to find out which it is
                    await self._post([item])
            else:
                raise refusing(response)
            return
        if any(statuses.is_full(code) for code in failed.values()):
            raise storing_nothing(self._web.url)
        if response.status_code == 200 and stored is not None and not stored and not failed:
            raise storing_nothing(self._web.url)
        for item in items:
            if stored is None or item.uid in stored:
                self._accepted(item)
            elif item.uid not in failed and len(items) > 1:  # the message was given up before it, or at it
                await self._post([item])
            else:
                why = statuses.reason(failed.get(item.uid))
                self._refuse(Refused(item.found.name, why))


def _some(files: Iterator[Found | Refused], choice: Choice) -> list[Item | Twice | Refused]:
    """Return what becomes of the next files, as many as make one message."""
    chosen: list[Item | Twice | Refused] = []
    size = objects = 0
    for found in files:
        chosen.append(choice.of(found))
        last = chosen[-1]
        if isinstance(last, Item):
            objects, size = objects + 1, size + last.found.size
        if objects == _OBJECTS or size >= _BYTES or len(chosen) == 8 * _OBJECTS:
            break
    return chosen


def _leave(items: Sequence[Item]) -> None:
    for item in items:
        item.found.leave()


def _told(response: httpx.Response) -> tuple[set[str] | None, dict[str, int | None]]:
    """Return the UIDs that were stored, None if nothing is said of any, and the codes of those that were not."""
    try:
        body = response.json() if response.status_code in _STORED and response.content else None
    except ValueError:
        body = None
    if not isinstance(body, dict) or not body.keys() & {tag(_GOOD), tag(_BAD)}:
        return None, {}
    answer = Answer(body)
    stored = {each.text("ReferencedSOPInstanceUID") for each in answer.items(_GOOD)}
    bad = answer.items(_BAD)
    return stored, {each.text("ReferencedSOPInstanceUID"): each.number("FailureReason") for each in bad}


_GOOD, _BAD = "ReferencedSOPSequence", "FailedSOPSequence"
