"""The loop that tells people outside of JupyterLab: nothing waits for it, and nothing ends with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from maia_hub.core.notifying import Letter
from maia_hub.outward import Mailer, MailSettings, Refused, Unreachable
from maia_hub.outward.hooks import Hooks
from maia_hub.reconcile.bell import Bell

_log = logging.getLogger(__name__)
_LONGEST_SLEEP = 15.0  # seconds: a warning before an end comes within this time
_REST = 1.0  # seconds between two looks: a storm of events is one look
_AT_ONCE = 20


Send = Callable[[Letter], None]


def _nowhere(_: Letter) -> None:
    raise Unreachable("Nothing is sent on this way any more.")


class LetterDesk(Protocol):
    """The use cases that the loop calls."""

    def collect_letters(self, now: datetime, link: str) -> datetime | None:
        """Put what has happened on the pile; return when somebody is to be warned next."""

    def letters_due(self, now: datetime, limit: int, *, hooks: bool) -> Sequence[Letter]:
        """Return what is to be sent now, by mail or to webhooks."""

    def next_letter(self, now: datetime) -> datetime | None:
        """Return when something is to be sent next."""

    def letter_sent(self, letter: Letter, now: datetime) -> None:
        """Take note that it was taken."""

    def letter_refused(self, letter: Letter, why: str, now: datetime) -> None:
        """Take note that it will never be taken."""

    def letter_later(self, letter: Letter, why: str, now: datetime) -> None:
        """Take note that it was not taken now."""


class Outward:
    """Collects and sends; only one process may run it. What sends by mail and to webhooks blocks: it runs in a thread.

    None stands for a way on which nothing is sent: what was to go there lapses.
    """

    def __init__(
        self,
        desk: LetterDesk,
        clock: Callable[[], datetime],
        *,
        mail: Send | None = None,
        hook: Send | None = None,
        link: str = "",
    ) -> None:
        self._desk = desk
        self._mail = mail or _nowhere
        self._hook = hook or _nowhere
        self._clock = clock
        self._link = link
        self._bell = Bell()

    def wake(self, *_: object) -> None:
        """Look soon for what is to be sent; may be called from any thread."""
        self._bell.ring()

    async def run(self) -> None:
        """Run until cancelled; a failure is logged, and it goes on."""
        await self._bell.answer(
            self._look, "messages could not be sent, and will be", again=_LONGEST_SLEEP, apart=_REST
        )

    async def _look(self) -> float:
        """Send what is to be sent; return after how many seconds to look again."""
        warn_at = await asyncio.to_thread(self._desk.collect_letters, self._clock(), self._link)
        for letter in await self._due(hooks=True):
            await self._sent(letter, self._hook)
        for letter in await self._due(hooks=False):
            if not await self._sent(letter, self._mail):
                return _LONGEST_SLEEP  # a server that does not answer is not asked twenty times
        next_at = await asyncio.to_thread(self._desk.next_letter, self._clock())
        moments = [at for at in (warn_at, next_at) if at is not None]
        return min([_LONGEST_SLEEP, *((at - self._clock()).total_seconds() for at in moments)])

    async def _due(self, *, hooks: bool) -> Sequence[Letter]:
        return await asyncio.to_thread(self._desk.letters_due, self._clock(), _AT_ONCE, hooks=hooks)

    async def _sent(self, letter: Letter, send: Send) -> bool:
        """Send one; tell whether the next is worth trying."""
        if letter.until <= self._clock():
            await asyncio.to_thread(
                self._desk.letter_later, letter, "It came too late to be sent.", self._clock()
            )
            return True
        try:
            await asyncio.to_thread(send, letter)
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


def telling(
    desk: LetterDesk,
    clock: Callable[[], datetime],
    mail: MailSettings | None,
    hosts: Sequence[str],
    link: str,
) -> list[Outward]:
    """Return the loop of a site that has a mail server or lists hosts of webhooks; none for any other."""
    if mail is None and not hosts:
        return []
    by_mail = Mailer(mail).send if mail is not None else None
    return [Outward(desk, clock, mail=by_mail, hook=Hooks(hosts).send, link=link)]
