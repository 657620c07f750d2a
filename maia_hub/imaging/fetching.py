"""Objects from a server by WADO-RS; what is there does not come again.

A series of which nothing is there comes in one answer, which costs a third of asking for each object. What a break
keeps back, and what is missing of a series, is asked for object by object, several at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from maia_hub.core.errors import InvalidInput, NotFound, Unavailable
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
                jobs = deque(self._jobs(new))
                await together(*(self._work(jobs) for _ in range(self._in_flight)))
        self.fetched.files.sort()
        self._pace.tell()
        return self.fetched

    def _take_places(self, instances: list[Instance], held: ExitStack) -> None:
        for uid in dict.fromkeys(each.series_uid for each in instances):
            if uid not in self._places:
                folder = self.fetched.folder / uid
                self._places[uid] = held.enter_context(place(folder))
                self.fetched.folders[uid] = folder

    def _jobs(self, instances: list[Instance]) -> Iterator[list[Instance]]:
        """Yield what is asked for at a time: series of which nothing is there, and single objects."""
        by_series: dict[str, list[Instance]] = {}
        for each in instances:
            by_series.setdefault(each.series_uid, []).append(each)
        for uid, some in by_series.items():
            where = self._places[uid]
            if len(some) > 1 and not any(where.path(each.uid).exists() for each in some):
                yield some
            else:
                yield from ([each] for each in some)

    async def _work(self, jobs: deque[list[Instance]]) -> None:
        while jobs:
            job = jobs.popleft()
            if len(job) == 1:
                await self._have(job[0])
            else:
                left = await self._series({each.uid: each for each in job})
                jobs.extendleft([each] for each in left)

    async def _series(self, awaited: dict[str, Instance]) -> list[Instance]:
        """Fetch a series in one answer; return what did not come."""
        first = next(iter(awaited.values()))
        where = self._places[first.series_uid]
        arrival: Arrival | None = None
        path = f"/studies/{first.study_uid}/series/{first.series_uid}"
        try:
            async with self._web.stream("GET", path, headers=_WHOLE) as response:
                splitter = Splitter(response.headers.get("content-type", ""))
                async for block in response.aiter_bytes():
                    for data, ended in splitter.feed(block):
                        arrival = arrival or where.begin()
                        arrival.write(data)
                        if ended:
                            self._arrived(where, arrival, awaited)
                            arrival = None
            if not splitter.whole:
                raise Passing(silent_end(self._web.url))
        except Passing as passing:
            if self._web.attempts == 1:
                raise passing.error from passing.__cause__
        except (NotFound, InvalidInput):  # a server may refuse what it gives one by one
            return list(awaited.values())
        except OSError as error:
            raise _unwritten(where, error) from error
        finally:
            if arrival:
                arrival.drop()
        return list(awaited.values())

    def _arrived(self, where: Place, arrival: Arrival, awaited: dict[str, Instance]) -> None:
        """Take in an object; another one than those that are waited for is left for later."""
        try:
            uid = arrival.finish(awaited)
        except Unfit:
            return
        del awaited[uid]
        self._pace.add(arrival.size)
        self._taken(where, uid, arrival.size)

    def _taken(self, where: Place, uid: str, size: int) -> None:
        self.fetched.accepted.append(uid)
        self.fetched.files.append(where.path(uid))
        self.fetched.bytes += size
        self._pace.add(objects=1)

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
            self._taken(where, instance.uid, size)

    def _refuse(self, instance: Instance, why: str) -> None:
        self.fetched.refused.append(Refused(instance.uid, why))
        self._pace.add(objects=1, moved=False)

    async def _fetch(self, instance: Instance, where: Place) -> int:
        try:
            async for attempt in self._web.again():
                with attempt:
                    arrival = where.begin()
                    try:
                        await _receive(self._web, instance, arrival, self._pace)
                        arrival.finish({instance.uid})
                    except BaseException:
                        self._pace.add(-arrival.size)
                        raise
                    finally:
                        arrival.drop()
        except Passing as passing:
            raise passing.error from passing.__cause__
        except OSError as error:
            raise _unwritten(where, error) from error
        return arrival.size


async def _receive(web: Web, instance: Instance, arrival: Arrival, pace: Pace) -> None:
    ended = False
    async with web.stream("GET", _address(instance), headers=_WHOLE) as response:
        splitter = Splitter(response.headers.get("content-type", ""))
        async for block in response.aiter_bytes():
            for data, ends in splitter.feed(block):
                if not ended:
                    arrival.write(data)
                    pace.add(len(data))
                ended = ended or ends
    if not ended:
        raise Passing(silent_end(web.url))


def _unwritten(where: Place, error: OSError) -> Unavailable:
    return Unavailable(f"The file cannot be written: {error.strerror}", given=str(where.folder))


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
