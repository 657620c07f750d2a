"""A DICOM node by DIMSE: C-ECHO, C-FIND, C-STORE, C-GET and C-MOVE, for any code and for async code."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pynetdicom.association import Association
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from maia_hub.core.errors import NotFound, Unavailable
from maia_hub.imaging import dicomjson
from maia_hub.imaging.associations import Broken, Node, association
from maia_hub.imaging.finding import FIND, find
from maia_hub.imaging.gathering import Gathering, Sources
from maia_hub.imaging.pace import Pace
from maia_hub.imaging.progress import Progress, Tell
from maia_hub.imaging.queries import INSTANCE, SERIES, STUDY, Wanted, matching
from maia_hub.imaging.records import Fetched, Instance, Sent, Series, Study, uid_of
from maia_hub.imaging.retrieving import Retrieving
from maia_hub.imaging.storing import Storing
from maia_hub.imaging.workers import Stop

T = TypeVar("T")


class Dimse:
    """A node at a host and port with an AE title; ``calling`` is ours.

    ``in_flight`` is how many associations move objects side by side; ``timeout`` how many seconds of silence are too
    many; ``attempts`` how often what breaks is tried in all. Every failure is a `MaiaError` fit to be shown.
    """

    def __init__(
        self,
        host: str,
        port: int,
        aet: str,
        calling: str = "MAIA",
        *,
        in_flight: int = 3,
        timeout: float = 60,
        attempts: int = 5,
    ) -> None:
        self._node = Node(host, port, aet, calling, timeout)
        self._in_flight = in_flight
        self._attempts = attempts

    def echo(self) -> None:
        """Say whether the node answers by raising nothing.

        Raises:
            Unavailable: it does not answer.
            Forbidden: it does not let us in.
        """
        with _told(), association(self._node, [build_context(Verification)]) as opened:
            status = opened.send_c_echo()
            if "Status" not in status or status.Status != 0:
                raise Unavailable(f"{self._node} does not answer an echo.")

    def studies(self, *, limit: int | None = None, offset: int = 0, **wanted: Wanted | None) -> list[Study]:
        """Return the studies that match all that is wanted, by DICOM's keywords, as `DicomWeb.studies` does."""
        most = None if limit is None else offset + limit
        with _told(), self._asking() as opened:
            found = find(opened, self._node, "STUDY", matching(wanted, of_studies=True), STUDY, most=most)
        return dicomjson.studies(found[offset:])

    def series(self, study: Study | str, **wanted: Wanted | None) -> list[Series]:
        """Return the series of a study, by their numbers."""
        uid = uid_of(study)
        with _told(), self._asking() as opened:
            found = find(opened, self._node, "SERIES", {**matching(wanted), "StudyInstanceUID": uid}, SERIES)
        return sorted(dicomjson.series(found, uid), key=lambda each: (each.number or 0, each.uid))

    def instances(self, study: Study | str, series: Series | str) -> list[Instance]:
        """Return the objects of a series, by their numbers."""
        with _told():
            return self._instances(uid_of(study), uid_of(series))

    def _instances(self, study_uid: str, series_uid: str) -> list[Instance]:
        wanted = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid}
        with self._asking() as opened:
            found = find(opened, self._node, "IMAGE", wanted, INSTANCE)
        each_once = {each.uid: each for each in dicomjson.instances(found, study_uid, series_uid)}
        return sorted(each_once.values(), key=lambda each: (each.number or 0, each.uid))

    def fetch(
        self,
        study: Study | str,
        series: Series | str | None = None,
        *,
        into: str | os.PathLike[str],
        progress: Tell | None = None,
        listen: tuple[str, int] | None = None,
        stop: Stop | None = None,
    ) -> Fetched:
        """Fetch a study, or one series of it, into a folder, as `DicomWeb.fetch` does.

        It comes by C-GET. A node that knows only C-MOVE sends to where it finds our AE title: ``listen`` is the address
        and port of that, on which nothing but what was asked for is taken while this lasts. ``stop`` ends it from
        another thread.
        """
        study_uid = uid_of(study)
        only = None if series is None else uid_of(series)

        def listing() -> list[Instance]:
            every = [only] if only else [each.uid for each in self.series(study_uid)]
            found = [one for uid in every for one in self.instances(study_uid, uid)]
            if not found:
                raise NotFound(f"{self._node} has no such study or series.", given=only or study_uid)
            return found

        return Retrieving(
            self._node,
            listing,
            Path(into).expanduser(),
            Pace(progress),
            attempts=self._attempts,
            stop=stop or Stop(),
            listen=listen,
        ).run(self._in_flight)

    def send(self, what: Sources, *, progress: Tell | None = None, stop: Stop | None = None) -> Sent:
        """Send files, folders and zip archives, each object once, as `DicomWeb.send` does."""

        def there(study_uid: str, series_uid: str) -> set[str]:
            return {each.uid for each in self._instances(study_uid, series_uid)}

        with Gathering(what) as gathering:
            storing = Storing(
                self._node, gathering, there, Pace(progress), attempts=self._attempts, stop=stop or Stop()
            )
            return storing.run(self._in_flight)

    @contextmanager
    def _asking(self) -> Iterator[Association]:
        with association(self._node, [build_context(FIND)]) as opened:
            yield opened


class AsyncDimse:
    """The same as `Dimse` for async code: each call has a thread of its own, and ends it when it is cancelled."""

    def __init__(
        self,
        host: str,
        port: int,
        aet: str,
        calling: str = "MAIA",
        *,
        in_flight: int = 3,
        timeout: float = 60,
        attempts: int = 5,
    ) -> None:
        self._node = Dimse(host, port, aet, calling, in_flight=in_flight, timeout=timeout, attempts=attempts)

    async def echo(self) -> None:
        """See `Dimse.echo`."""
        await self._do(lambda stop: self._node.echo())

    async def studies(
        self, *, limit: int | None = None, offset: int = 0, **wanted: Wanted | None
    ) -> list[Study]:
        """See `Dimse.studies`."""
        return await self._do(lambda stop: self._node.studies(limit=limit, offset=offset, **wanted))

    async def series(self, study: Study | str, **wanted: Wanted | None) -> list[Series]:
        """See `Dimse.series`."""
        return await self._do(lambda stop: self._node.series(study, **wanted))

    async def instances(self, study: Study | str, series: Series | str) -> list[Instance]:
        """See `Dimse.instances`."""
        return await self._do(lambda stop: self._node.instances(study, series))

    async def fetch(
        self,
        study: Study | str,
        series: Series | str | None = None,
        *,
        into: str | os.PathLike[str],
        progress: Tell | None = None,
        listen: tuple[str, int] | None = None,
    ) -> Fetched:
        """See `Dimse.fetch`; ``progress`` is told in the loop."""
        tell = _in_loop(progress)
        return await self._do(
            lambda stop: self._node.fetch(study, series, into=into, progress=tell, listen=listen, stop=stop)
        )

    async def send(self, what: Sources, *, progress: Tell | None = None) -> Sent:
        """See `Dimse.send`; ``progress`` is told in the loop."""
        tell = _in_loop(progress)
        return await self._do(lambda stop: self._node.send(what, progress=tell, stop=stop))

    async def _do(self, act: Callable[[Stop], T]) -> T:
        stop = Stop()
        doing = asyncio.ensure_future(asyncio.to_thread(act, stop))
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            stop.say()
            await asyncio.gather(doing, return_exceptions=True)
            raise


@contextmanager
def _told() -> Iterator[None]:
    """Tell of a node that is away in the words for users."""
    try:
        yield
    except Broken as broken:
        raise broken.error from broken


def _in_loop(progress: Tell | None) -> Tell | None:
    if progress is None:
        return None
    loop, told = asyncio.get_running_loop(), progress

    def tell(state: Progress) -> None:
        loop.call_soon_threadsafe(told, state)

    return tell
