"""Objects from a server by WADO-RS: one request for each, several at a time; what is there does not come again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from maia_hub.core.errors import NotFound, Unavailable
from maia_hub.imaging.headers import Unfit
from maia_hub.imaging.multipart import Splitter
from maia_hub.imaging.pace import Pace
from maia_hub.imaging.placing import Arrival, Place, place
from maia_hub.imaging.records import Fetched, Instance, Refused
from maia_hub.imaging.together import together
from maia_hub.imaging.web import Passing, Web
from maia_hub.imaging.webfailures import refusing, silent_end

_WHOLE = {
    "Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*',
    "Accept-Encoding": "identity",  # packing pixels costs Orthanc twenty times what sending them does
}
_ROUNDS = 5
"""How often it is looked whether a study has grown meanwhile."""


class Fetching:
    """One call of `fetch`; ``listing`` tells which objects there are now."""

    def __init__(
        self,
        web: Web,
        listing: Callable[[], Awaitable[list[Instance]]],
        into: Path,
        pace: Pace,
        in_flight: int,
    ) -> None:
        self._web = web
        self._listing = listing
        self._pace = pace
        self._in_flight = in_flight
        self._places: dict[str, Place] = {}
        self.fetched = Fetched(into)

    async def run(self) -> Fetched:
        """Fetch everything, and what comes to it meanwhile."""
        seen: set[str] = set()
        with ExitStack() as held:
            for _ in range(_ROUNDS):
                new = [each for each in await self._listing() if each.uid not in seen]
                if not new:
                    break
                seen |= {each.uid for each in new}
                self._pace.total = len(seen)
                self._take_places(new, held)
                waiting = iter(new)
                await together(*(self._work(waiting) for _ in range(self._in_flight)))
        self.fetched.files.sort()
        self._pace.tell()
        return self.fetched

    def _take_places(self, instances: list[Instance], held: ExitStack) -> None:
        for uid in dict.fromkeys(each.series_uid for each in instances):
            if uid not in self._places:
                folder = self.fetched.folder / uid
                self._places[uid] = held.enter_context(place(folder))
                self.fetched.folders[uid] = folder

    async def _work(self, waiting: Iterator[Instance]) -> None:
        for instance in waiting:
            await self._have(instance)

    async def _have(self, instance: Instance) -> None:
        """Fetch one object, unless it is there."""
        where = self._places[instance.series_uid]
        size = await asyncio.to_thread(where.has, instance.uid) if where.path(instance.uid).exists() else None
        if size is not None:
            self.fetched.repeated.append(instance.uid)
            self.fetched.files.append(where.path(instance.uid))
            self._pace.add(objects=1, moved=False)
            return
        try:
            size = await self._fetch(instance, where)
        except NotFound:
            self._refuse(instance, "was removed from the server meanwhile")
        except Unfit as unfit:
            self._refuse(instance, f"came as something that {unfit}")
        else:
            self.fetched.accepted.append(instance.uid)
            self.fetched.files.append(where.path(instance.uid))
            self.fetched.bytes += size
            self._pace.add(objects=1)

    def _refuse(self, instance: Instance, why: str) -> None:
        self.fetched.refused.append(Refused(instance.uid, why))
        self._pace.add(objects=1, moved=False)

    async def _fetch(self, instance: Instance, where: Place) -> int:
        try:
            async for attempt in self._web.again():
                with attempt, where.arriving(instance.uid) as arrival:
                    try:
                        await _receive(self._web, instance, arrival, self._pace)
                    except BaseException:
                        self._pace.add(-arrival.size)
                        raise
        except Passing as passing:
            raise passing.error from passing.__cause__
        except OSError as error:
            raise Unavailable(
                f"The file cannot be written: {error.strerror}", given=str(where.folder)
            ) from error
        return arrival.size


async def _receive(web: Web, instance: Instance, arrival: Arrival, pace: Pace) -> None:
    async with web.stream("GET", _address(instance), headers=_WHOLE) as response:
        splitter = Splitter.for_answer(response.headers.get("content-type", ""))
        async for block in response.aiter_bytes():
            part = splitter.feed(block)
            arrival.write(part)
            pace.add(len(part))
    if not splitter.whole:
        raise Passing(silent_end(web.url))


def _address(instance: Instance) -> str:
    return f"/studies/{instance.study_uid}/series/{instance.series_uid}/instances/{instance.uid}"


async def fetch_one(web: Web, instance: Instance, folder: Path) -> Path:
    """Fetch one object into a folder of its own; return its file.

    Raises:
        NotFound: the server does not have it, or what it has is no whole object.
    """
    fetching = Fetching(web, _just(instance), folder, Pace(None), 1)
    fetched = await fetching.run()
    if not fetched.files:
        raise NotFound(f"The object {fetched.refused[0].reason}.", given=instance.uid)
    return fetched.files[0]


def _just(instance: Instance) -> Callable[[], Awaitable[list[Instance]]]:
    async def listing() -> list[Instance]:
        return [instance]

    return listing


async def rendered(web: Web, instance: Instance, size: int) -> bytes | None:
    """Return the picture that the server draws of an object; None if it cannot."""
    path = f"{_address(instance)}/rendered?viewport={size},{size}"
    try:
        async with web.answer("GET", path, headers={"Accept": "image/jpeg"}) as response:
            kind = response.headers.get("content-type", "")
            content = await response.aread()
    except Passing:
        return None
    if response.status_code in (401, 403):
        raise refusing(response)
    return content if response.status_code == 200 and kind.startswith("image/") else None
