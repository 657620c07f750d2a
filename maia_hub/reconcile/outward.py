"""The loop that tells people outside of JupyterLab: nothing waits for it, and nothing ends with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from maia_hub.core.notifying import Letter
from maia_hub.outward import Refused, Unreachable

_log = logging.getLogger(__name__)
_LONGEST_SLEEP = 15.0  # seconds: a warning before an end comes within this time
_REST = 1.0  # seconds between two looks: a storm of events is one look
_AT_ONCE = 20


class LetterDesk(Protocol):
    """The use cases that the loop calls."""

    def collect_letters(self, now: datetime, link: str) -> datetime | None:
        """Put what has happened on the pile; return when somebody is to be warned next."""

    def letters_due(self, now: datetime, limit: int) -> Sequence[Letter]:
        """Return what is to be sent now."""

    def next_letter(self, now: datetime) -> datetime | None:
        """Return when something is to be sent next."""

    def letter_sent(self, letter: Letter, now: datetime) -> None:
        """Take note that it was taken."""

    def letter_refused(self, letter: Letter, why: str, now: datetime) -> None:
        """Take note that it will never be taken."""

    def letter_later(self, letter: Letter, why: str, now: datetime) -> None:
        """Take note that it was not taken now."""


class Outward:
    """Collects and sends; only one process may run it. ``send`` blocks, and runs in a thread."""

    def __init__(
        self, desk: LetterDesk, send: Callable[[Letter], None], clock: Callable[[], datetime], link: str = ""
    ) -> None:
        self._desk = desk
        self._send = send
        self._clock = clock
        self._link = link
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self, *_: object) -> None:
        """Look soon for what is to be sent; may be called from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._news.set)

    async def run(self) -> None:
        """Run until cancelled; a failure is logged, and it goes on."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._news.clear()
            try:
                pause = await self._look()
            except Exception:
                _log.exception("messages could not be sent, and will be")
                pause = _LONGEST_SLEEP
            await asyncio.sleep(_REST)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), max(pause - _REST, 0.01))

    async def _look(self) -> float:
        """Send what is to be sent; return after how many seconds to look again."""
        warn_at = await asyncio.to_thread(self._desk.collect_letters, self._clock(), self._link)
        letters = await asyncio.to_thread(self._desk.letters_due, self._clock(), _AT_ONCE)
        for letter in letters:
            if not await self._sent(letter):
                return _LONGEST_SLEEP  # who does not answer is not asked twenty times
        next_at = await asyncio.to_thread(self._desk.next_letter, self._clock())
        moments = [at for at in (warn_at, next_at) if at is not None]
        return min([_LONGEST_SLEEP, *((at - self._clock()).total_seconds() for at in moments)])

    async def _sent(self, letter: Letter) -> bool:
        """Send one; tell whether the next is worth trying."""
        if letter.until <= self._clock():
            await asyncio.to_thread(
                self._desk.letter_later, letter, "It came too late to be sent.", self._clock()
            )
            return True
        try:
            await asyncio.to_thread(self._send, letter)
        except Refused as e:
            _log.warning("a message to %s was refused: %s", letter.user, e)
            await asyncio.to_thread(self._desk.letter_refused, letter, str(e), self._clock())
        except Unreachable as e:
            _log.warning("a message to %s is tried again: %s", letter.user, e)
            await asyncio.to_thread(self._desk.letter_later, letter, str(e), self._clock())
            return False
        else:
            await asyncio.to_thread(self._desk.letter_sent, letter, self._clock())
        return True
