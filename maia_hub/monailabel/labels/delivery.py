"""Labels from the outbox to the image server: in order for each series, each once, again until it has them."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from io import BytesIO
from pathlib import Path

from maia_hub.core.errors import InvalidInput, MaiaError, NotFound, Unavailable
from maia_hub.imaging import AsyncDicomWeb, Series
from maia_hub.imaging.volumes import read_stack
from maia_hub.monailabel.labels.objects import Before, encoded
from maia_hub.monailabel.labels.outbox import Kept, Outbox, write
from maia_hub.monailabel.labels.submissions import Submission
from maia_hub.monailabel.labels.versions import Versions, following

_IMAGES = ".images"
_IDLE = 60.0
"""Seconds after which the folder is looked at though nobody said anything: another process may have submitted."""
_SOON = 0.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivered:
    """A label that the image server has; ``number`` is its version's, ``repeated`` whether it had it already."""

    what: Submission
    study_uid: str
    number: int
    repeated: bool


Arrived = Callable[[Delivered], Awaitable[None]]


class Delivery:
    """Sends what waits in an outbox.

    ``web`` may give up soon (``attempts=1``), for what fails is tried again here. ``arrived`` is told of each label
    that the server has, at least once: one that is killed in between tells it again.
    """

    def __init__(self, outbox: Outbox, web: AsyncDicomWeb, arrived: Arrived | None = None) -> None:
        self._outbox = outbox
        self._web = web
        self._arrived = arrived
        self._versions = Versions(web)
        self._wakened = asyncio.Event()

    def wake(self) -> None:
        """Say that something was submitted; from the loop's own thread."""
        self._wakened.set()

    async def run(self, clock: Callable[[], datetime] | None = None, idle: float | None = _IDLE) -> None:
        """Send what waits and what comes, until cancelled.

        With nothing to send it looks again after ``idle`` seconds; None: when it is woken, for nobody else submits.
        """
        now = clock or (lambda: datetime.now(timezone.utc))
        while True:
            self._wakened.clear()
            try:
                await self.once(now)
            except (MaiaError, OSError) as error:
                _log.warning("labels wait: %s", error)
            try:
                await asyncio.wait_for(self._wakened.wait(), self._pause(now(), idle))
            except asyncio.TimeoutError:
                continue

    async def once(self, now: Callable[[], datetime]) -> list[Delivered]:
        """Send what is due, each series in its order; nothing while another process does."""
        done: list[Delivered] = []
        with self._outbox.sending() as ours:
            waiting: set[str] = set()
            for kept in self._outbox.kept() if ours else []:
                if kept.fate.refused or kept.what.of in waiting:
                    continue
                outcome = await self._try(kept, now) if kept.due(now()) else kept
                if isinstance(outcome, Delivered):
                    done.append(outcome)
                elif not outcome.fate.refused:
                    waiting.add(kept.what.of)
        return done

    def _pause(self, now: datetime, idle: float | None) -> float | None:
        """Return how many seconds to wait for the next one."""
        try:
            waiting = [each for each in self._outbox.kept() if not each.fate.refused]
        except (MaiaError, OSError):
            return _IDLE
        if not waiting:
            return idle
        times = [datetime.fromisoformat(each.fate.next) for each in waiting if each.fate.next]
        return max(_SOON, min([_IDLE, *((each - now).total_seconds() for each in times)]))

    async def _try(self, kept: Kept, now: Callable[[], datetime]) -> Delivered | Kept:
        """Send one and let go of it; return it with why it stays, if it does."""
        try:
            delivered = await self._send(kept)
        except InvalidInput as error:
            return self._outbox.refused(kept, _words(error))
        except Exception as error:
            return self._outbox.failed(kept, _words(error), now())
        try:
            if self._arrived is not None:
                await self._arrived(delivered)
        except Exception as error:
            return self._outbox.failed(kept, f"It arrived, and nobody could be told: {_words(error)}", now())
        self._let_go(kept)
        return delivered

    async def _send(self, kept: Kept) -> Delivered:
        """Send one, unless the server has it."""
        series = await self._web.find_series(kept.what.of)
        found = await self._versions.of(series)
        there = next((each for each in found if each.uid == kept.what.uid), None)
        if there is not None:
            return Delivered(kept.what, series.study_uid, there.number or 0, True)
        number, before = following(found, kept.what.based_on)
        path = await self._encoded(kept, series, number, before)
        sent = await self._web.send(path)
        if sent.refused:
            raise InvalidInput(f"The image server refuses the label: {sent.refused[0].reason}")
        return Delivered(kept.what, series.study_uid, number, bool(sent.repeated))

    async def _encoded(self, kept: Kept, series: Series, number: int, before: Before | None) -> Path:
        """Return the file of the object, made now unless an earlier attempt made it with this number."""
        path = kept.folder / f"version-{number}.dcm"
        if path.exists():
            return path
        for old in kept.folder.glob("version-*.dcm"):
            old.unlink(missing_ok=True)
        for images in await self._near(kept):
            try:
                return await asyncio.to_thread(_made, kept, images, path, number, before)
            except (InvalidInput, NotFound) as error:
                _log.info("the images in %s do not serve: %s", images, error.message)
        folder = self._outbox.folder / _IMAGES / kept.what.of
        fetched = await self._web.fetch(series.study_uid, series, into=folder)
        if fetched.refused:
            raise Unavailable(
                f"An image that the label is of could not be fetched: {fetched.refused[0].reason}"
            )
        return await asyncio.to_thread(_made, kept, folder, path, number, before)

    async def _near(self, kept: Kept) -> list[Path]:
        """Return the folder with the images that was named, if it is there."""
        folder = Path(kept.images) if kept.images else None
        return [folder] if folder is not None and await asyncio.to_thread(folder.is_dir) else []

    def _let_go(self, kept: Kept) -> None:
        self._outbox.remove(kept)
        if all(each.what.of != kept.what.of for each in self._outbox.kept()):
            shutil.rmtree(self._outbox.folder / _IMAGES / kept.what.of, ignore_errors=True)


def _made(kept: Kept, images: Path, path: Path, number: int, before: Before | None) -> Path:
    """Write the object whole, or not at all."""
    made = encoded(kept.mask, read_stack(images, series=kept.what.of), kept.what, number, before)
    content = BytesIO()
    made.save_as(content, enforce_file_format=True)
    part = path.with_name(f".{path.name}")
    write(part, content.getvalue())
    part.replace(path)
    return path


def _words(error: Exception) -> str:
    if isinstance(error, MaiaError):
        return error.message[:300]
    if isinstance(error, OSError):
        return f"A file cannot be written: {error.strerror or error}"[:300]
    _log.error("a label could not be sent", exc_info=error)
    return f"Something unexpected happened: {type(error).__name__}: {error}"[:300]
