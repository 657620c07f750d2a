"""An image server by DICOMweb: asked, fetched from and sent to, from async code and from any other."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from maia_hub.core.errors import Conflict, NotFound, Unavailable
from maia_hub.imaging import dicomjson
from maia_hub.imaging.blocking import Loop
from maia_hub.imaging.fetching import Fetching, fetch_one, rendered
from maia_hub.imaging.gathering import Gathering, Sources
from maia_hub.imaging.headers import Unfit
from maia_hub.imaging.pace import Pace
from maia_hub.imaging.placing import Place, place
from maia_hub.imaging.progress import Tell
from maia_hub.imaging.queries import INSTANCE, SERIES, STUDY, Wanted, broadened, fits, matching, tag
from maia_hub.imaging.records import Fetched, Instance, Sent, Series, Study, is_uid, uid_of
from maia_hub.imaging.sending import Sending
from maia_hub.imaging.web import Login, Web

_SHORT = 64
"""Objects of a series that are quickly listed."""


class AsyncDicomWeb:
    """A server below a DICOMweb address, such as `https://pacs.example/dicom-web`.

    ``token`` is sent as Bearer, ``login`` (account, password) as Basic; another ``login`` adds itself to each request.
    ``in_flight`` is how many requests move objects side by side; ``timeout`` how many seconds of silence are too
    many; ``attempts`` how often what is interrupted is tried in all, a little later each time. Every
    failure is a `MaiaError` fit to be shown.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        login: Login | None = None,
        in_flight: int = 4,
        timeout: float = 60,
        attempts: int = 5,
    ) -> None:
        self._web = Web(url, token, login, timeout=timeout, attempts=attempts)
        self._in_flight = in_flight

    async def __aenter__(self) -> AsyncDicomWeb:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._web.http.aclose()

    async def studies(
        self, *, limit: int | None = None, offset: int = 0, **wanted: Wanted | None
    ) -> list[Study]:
        """Return the studies that match all that is wanted, by DICOM's keywords.

        For example ``PatientName="*anna*"``, ``StudyDate=(date(2026, 3, 1), None)``, ``Modality="MR"``. Without
        ``limit`` all of them come, however many pages that takes.
        """
        asked = matching(wanted, of_studies=True)
        return dicomjson.studies(await self._find("/studies", asked, STUDY, limit=limit, offset=offset))

    async def series(self, study: Study | str, **wanted: Wanted | None) -> list[Series]:
        """Return the series of a study, by their numbers."""
        uid = uid_of(study)
        found = await self._find(f"/studies/{uid}/series", matching(wanted), SERIES)
        return sorted(dicomjson.series(found, uid), key=lambda each: (each.number or 0, each.uid))

    async def find_series(self, uid: str) -> Series:
        """Return a series by its UID alone, whichever study it is in.

        Raises:
            NotFound: the server has none of that UID.
            Conflict: several studies have one, as no scanner but some copying programs make them.
        """
        asked = matching({"SeriesInstanceUID": uid_of(uid)})
        records = dicomjson.series(await self._find("/series", asked, SERIES))
        found = [each for each in records if each.uid == uid and is_uid(each.study_uid)]
        if not found:
            raise NotFound("The image server has no such series.", given=uid)
        if len({each.study_uid for each in found}) > 1:
            raise Conflict(
                "Several studies have a series of this UID.", given=uid, advice="Name the study, too."
            )
        return found[0]

    async def instances(
        self, study: Study | str, series: Series | str | None = None, **wanted: Wanted | None
    ) -> list[Instance]:
        """Return the objects of a series, or of all series of a study, by their numbers."""
        study_uid, series_uid = uid_of(study), "" if series is None else uid_of(series)
        path = f"/studies/{study_uid}{f'/series/{series_uid}' if series_uid else ''}/instances"
        found = await self._find(path, matching(wanted), INSTANCE)
        each_once = {each.uid: each for each in dicomjson.instances(found, study_uid, series_uid)}
        return sorted(each_once.values(), key=lambda each: (each.number or 0, each.uid))

    async def metadata(self, instance: Instance) -> dict[str, Any]:
        """Return what an object says, in the DICOM JSON model, without its pixels."""
        path = f"/studies/{instance.study_uid}/series/{instance.series_uid}/instances/{instance.uid}/metadata"
        found = await self._web.get(path, [])
        if not isinstance(found, list) or not found or not isinstance(found[0], dict):
            raise Unavailable("The image server says nothing of an object that it has.", given=instance.uid)
        return found[0]

    async def fetch(
        self,
        study: Study | str,
        series: Series | str | None = None,
        *,
        into: str | os.PathLike[str],
        progress: Tell | None = None,
    ) -> Fetched:
        """Fetch a study, or one series of it, into a folder: a folder below it for each series, a file per object.

        A file has its final name only when it is whole. What is there, by UID, size and hash, does not come again, so
        the same call goes on where another one ended. What came to the study meanwhile comes, too.

        Raises:
            NotFound: the server does not have it.
            Unavailable: the server does not answer, or the disk cannot be written.
            InProgress: the same folder is being fetched into already.
        """
        study_uid = uid_of(study)
        only = None if series is None else uid_of(series)

        async def listing() -> list[Series]:
            found = await self.series(study_uid, SeriesInstanceUID=only)
            if not found:
                raise NotFound("The image server has no such study or series.", given=only or study_uid)
            return found

        async def objects(series: Series) -> list[Instance]:
            return await self.instances(study_uid, series)

        folder = Path(into).expanduser()
        fetching = Fetching(self._web, listing, objects, folder, Pace(progress), self._in_flight)
        return await fetching.run()

    async def send(self, what: Sources, *, progress: Tell | None = None) -> Sent:
        """Send files, folders and zip archives.

        Every object goes once: what the server has, by SOP instance UID, and what comes twice is not sent, and after a
        break only what has not arrived is. Whatever is not a whole DICOM object is named with the reason, as is what
        the server refuses; the rest is sent all the same.

        Raises:
            InvalidInput: a path does not exist, or an archive is made to do harm.
            Unavailable: the server does not answer, or has no room; what it took stays.
        """
        with await asyncio.to_thread(Gathering, what) as gathering:
            return await Sending(self._web, gathering, Pace(progress), self._in_flight).run()

    async def thumbnail(self, series: Series, size: int = 128) -> bytes:
        """Return a picture of an object of a series, PNG or JPEG, at most ``size`` pixels wide and high.

        It is the middle one, unless the series is long. The server draws it; if it cannot, the object is fetched and
        drawn here.

        Raises:
            NotFound: the series is not there, or has nothing to be drawn.
        """
        middle = await self._middle(series)
        drawn = await rendered(self._web, middle, size)
        if drawn is None:
            with tempfile.TemporaryDirectory(prefix="maia-thumbnail-") as folder:
                with place(Path(folder)) as where:
                    await self._fetch_one(middle, where)
                drawn = await asyncio.to_thread(_picture, where.path(middle.uid), size)
        return drawn

    async def _middle(self, series: Series) -> Instance:
        """Return the middle object of a short series, and of a long one any: to list all takes Orthanc seconds."""
        if series.instances is None or series.instances <= _SHORT:
            found = await self.instances(series.study_uid, series)
        else:
            path, offset = f"/studies/{series.study_uid}/series/{series.uid}/instances", series.instances // 2
            records = await self._find(path, {}, INSTANCE, limit=1, offset=offset)
            found = dicomjson.instances(records, series.study_uid, series.uid)
        if not found:
            raise NotFound("The image server has no such series.", given=series.uid)
        return found[len(found) // 2]

    async def _fetch_one(self, instance: Instance, where: Place) -> None:
        try:
            await fetch_one(self._web, instance, where, Pace(None))
        except Unfit as unfit:
            raise Unavailable(f"The object came as something that {unfit}.", given=instance.uid) from unfit

    async def _find(
        self, path: str, wanted: dict[str, str], told: list[str], *, limit: int | None = None, offset: int = 0
    ) -> list[object]:
        """Return the records that match, however much more the server finds."""
        asked = {keyword: broadened(text) for keyword, text in wanted.items()}
        parameters = [(tag(keyword), text) for keyword, text in asked.items()]
        # By number, for some servers know no keywords; without being asked, Orthanc tells no description.
        parameters += [("includefield", tag(keyword)) for keyword in told]
        unsure = {keyword: text for keyword, text in wanted.items() if asked[keyword] != text}
        if not unsure:
            return await self._web.pages(path, parameters, limit=limit, offset=offset)
        more = await self._web.pages(path, parameters, limit=None, offset=0)
        found = [each for each in more if _fits(unsure, dicomjson.Answer(each))]
        return found[offset:] if limit is None else found[offset : offset + limit]


class DicomWeb:
    """The same as `AsyncDicomWeb` for code that is not async; an interrupt cancels what is under way."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        login: tuple[str, str] | None = None,
        in_flight: int = 4,
        timeout: float = 60,
        attempts: int = 5,
    ) -> None:
        self._web = AsyncDicomWeb(
            url, token, login=login, in_flight=in_flight, timeout=timeout, attempts=attempts
        )
        self._loop = Loop()

    def __enter__(self) -> DicomWeb:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._loop.wait(self._web.aclose())
        self._loop.close()

    def studies(self, *, limit: int | None = None, offset: int = 0, **wanted: Wanted | None) -> list[Study]:
        """Return the studies that match all that is wanted, by DICOM's keywords."""
        return self._loop.wait(self._web.studies(limit=limit, offset=offset, **wanted))

    def series(self, study: Study | str, **wanted: Wanted | None) -> list[Series]:
        """Return the series of a study, by their numbers."""
        return self._loop.wait(self._web.series(study, **wanted))

    def find_series(self, uid: str) -> Series:
        """Return a series by its UID alone, whichever study it is in; see `AsyncDicomWeb.find_series`."""
        return self._loop.wait(self._web.find_series(uid))

    def instances(
        self, study: Study | str, series: Series | str | None = None, **wanted: Wanted | None
    ) -> list[Instance]:
        """Return the objects of a series, or of all series of a study, by their numbers."""
        return self._loop.wait(self._web.instances(study, series, **wanted))

    def fetch(
        self,
        study: Study | str,
        series: Series | str | None = None,
        *,
        into: str | os.PathLike[str],
        progress: Tell | None = None,
    ) -> Fetched:
        """Fetch a study, or one series of it, into a folder; see `AsyncDicomWeb.fetch`."""
        return self._loop.wait(self._web.fetch(study, series, into=into, progress=progress))

    def send(self, what: Sources, *, progress: Tell | None = None) -> Sent:
        """Send files, folders and zip archives; see `AsyncDicomWeb.send`."""
        return self._loop.wait(self._web.send(what, progress=progress))

    def thumbnail(self, series: Series, size: int = 128) -> bytes:
        """Return a picture of the middle object of a series, PNG or JPEG; see `AsyncDicomWeb.thumbnail`."""
        return self._loop.wait(self._web.thumbnail(series, size))


def _picture(path: Path, size: int) -> bytes:
    from maia_hub.imaging.thumbnails import picture  # noqa: PLC0415 - with it comes what decodes pixels

    return picture(path, size)


def _fits(wanted: dict[str, str], answer: dicomjson.Answer) -> bool:
    return all(fits(text, answer.texts(keyword)) for keyword, text in wanted.items())
