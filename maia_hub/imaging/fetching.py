"""Objects from a server by WADO-RS; what is there does not come again.

A series of which nothing is there comes in one answer, which costs a third of asking for each object. What a break
keeps back, and what is missing of a series, is asked for object by object, several at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from maia_hub.core.errors import InvalidInput, NotFound, Unavailable
from maia_hub.imaging.headers import Unfit
from maia_hub.imaging.multipart import Splitter
from maia_hub.imaging.pace import Pace
from maia_hub.imaging.placing import Arrival, Place, place
from maia_hub.imaging.records import Fetched, Instance, Refused, Series
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
    """One call of `fetch`; ``listing`` tells which series there are now, ``objects`` what one of them has.

    Objects are listed only where their number says that some are missing: Orthanc takes as long for that as for
    sending them.
    """

    def __init__(
        self,
        web: Web,
        listing: Callable[[], Awaitable[list[Series]]],
        objects: Callable[[Series], Awaitable[list[Instance]]],
        into: Path,
        pace: Pace,
        in_flight: int,
    ) -> None:
        self._web = web
        self._listing = listing
        self._objects = objects
        self._pace = pace
        self._in_flight = in_flight
        self._places: dict[str, Place] = {}
        self._done: dict[str, set[str]] = {}
        self._left: deque[Instance] = deque()
        self.fetched = Fetched(into)

    async def run(self) -> Fetched:
        """Fetch everything, and what comes to it meanwhile."""
        with ExitStack() as held:
            for _ in range(_ROUNDS):
                found = await self._listing()
                before = self._pace.done
                jobs = deque(each for each in found if not self._is_complete(each))
                self._pace.total = max(sum(each.instances or 0 for each in found), before)
                for each in jobs:
                    self._take_place(each.uid, held)
                await together(*(self._work(jobs) for _ in range(self._in_flight)))
                await together(*(self._rest() for _ in range(self._in_flight)))
                if self._pace.done == before:
                    break
        self._pace.total = self._pace.done
        self.fetched.files.sort()
        self._pace.tell()
        return self.fetched

    def _is_complete(self, series: Series) -> bool:
        return series.instances is not None and len(self._done.get(series.uid, ())) == series.instances

    def _take_place(self, uid: str, held: ExitStack) -> None:
        if uid not in self._places:
            folder = self.fetched.folder / uid
            self._places[uid] = held.enter_context(place(folder))
            self.fetched.folders[uid] = folder

    async def _work(self, jobs: deque[Series]) -> None:
        """Fetch series in one answer each; note what that leaves to be fetched one by one."""
        while jobs:
            series = jobs.popleft()
            if series.uid not in self._done:
                await self._begin(series)
            done = self._done[series.uid]
            if not self._is_complete(series):
                missing = [each for each in await self._objects(series) if each.uid not in done]
                self._left.extend(missing)
                self._pace.total = max(self._pace.total, self._pace.done + len(self._left))

    async def _begin(self, series: Series) -> None:
        """Find out what of a series is there; if nothing is, fetch it."""
        where = self._places[series.uid]
        done = self._done[series.uid] = await asyncio.to_thread(where.all)
        for uid in done:
            self.fetched.repeated.append(uid)
            self.fetched.files.append(where.path(uid))
            self._pace.add(objects=1, moved=False)
        if not done:
            await self._series(series, where)

    async def _rest(self) -> None:
        while self._left:
            await self._have(self._left.popleft())

    async def _series(self, series: Series, where: Place) -> None:
        """Fetch a series in one answer, as far as that comes."""
        arrival: Arrival | None = None
        path = f"/studies/{series.study_uid}/series/{series.uid}"
        try:
            async with self._web.stream("GET", path, headers=_WHOLE) as response:
                splitter = Splitter(response.headers.get("content-type", ""))
                async for block in response.aiter_bytes():
                    for data, ended in splitter.feed(block):
                        arrival = arrival or where.begin()
                        arrival.write(data)
                        if ended:
                            self._arrived(series, where, arrival)
                            arrival = None
            if not splitter.whole:
                raise Passing(silent_end(self._web.url))
        except Passing as passing:
            if self._web.attempts == 1:
                raise passing.error from passing.__cause__
        except (NotFound, InvalidInput):
            return  # a server may refuse what it gives one by one
        except OSError as error:
            raise _unwritten(where, error) from error
        finally:
            if arrival:
                arrival.drop()

    def _arrived(self, series: Series, where: Place, arrival: Arrival) -> None:
        """Take in an object; what is not whole, or of another series, is left for later."""
        try:
            uid = arrival.finish(series_uid=series.uid)
        except Unfit:
            return
        self._pace.add(arrival.size)
        self._taken(series.uid, uid, arrival.size)

    def _taken(self, series_uid: str, uid: str, size: int) -> None:
        self._done[series_uid].add(uid)
        self.fetched.accepted.append(uid)
        self.fetched.files.append(self._places[series_uid].path(uid))
        self.fetched.bytes += size
        self._pace.add(objects=1)

    async def _have(self, instance: Instance) -> None:
        """Fetch one object."""
        where = self._places[instance.series_uid]
        try:
            size = await fetch_one(self._web, instance, where, self._pace)
        except NotFound:
            self._refuse(instance, "was removed from the server meanwhile")
        except Unfit as unfit:
            self._refuse(instance, f"came as something that {unfit}")
        else:
            self._taken(instance.series_uid, instance.uid, size)

    def _refuse(self, instance: Instance, why: str) -> None:
        self._done[instance.series_uid].add(instance.uid)
        self.fetched.refused.append(Refused(instance.uid, why))
        self._pace.add(objects=1, moved=False)


async def fetch_one(web: Web, instance: Instance, where: Place, pace: Pace) -> int:
    """Fetch one object; return its size in bytes.

    Raises:
        NotFound: the server does not have it.
        Unfit: what it gives is not that object, or not all of it.
    """
    try:
        async for attempt in web.again():
            with attempt:
                arrival = where.begin()
                try:
                    await _receive(web, instance, arrival, pace)
                    arrival.finish(uid=instance.uid)
                except BaseException:
                    pace.add(-arrival.size)
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
