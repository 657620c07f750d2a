"""Doing once what is asked twice: a request with a key is answered again, not done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from maia_hub.core.errors import InProgress, InvalidInput
from maia_hub.core.ids import UserName
from maia_hub.desk.asking import AskingCases
from maia_hub.desk.work import Work
from maia_hub.store import Beyond
from maia_hub.store.answers import Answer, Keyed, found_answer, known
from maia_hub.store.decisions import Question


@dataclass(frozen=True)
class _Request:
    """A request with its key; answers from before ``since`` count no more."""

    keyed: Keyed
    now: datetime
    since: datetime
    act: Callable[[], Answer]

    @property
    def question(self) -> Question:
        """Ask what was answered to it before."""
        return known(self.keyed, self.since)


class RepeatingCases(AskingCases):
    """Keeps answers together with what was done: both are committed, or neither is."""

    def once(
        self, keyed: Keyed, now: datetime, kept: timedelta, act: Callable[[], Answer], *, books: bool = False
    ) -> tuple[Answer, bool]:
        """Return what ``act`` answers, and False; or what it answered when it was asked before, and True.

        All that ``act`` does with this desk, from this thread, is one transaction, in which the answer is kept for so
        long as ``kept`` says. What it raises undoes all, and is not kept: then the same may be tried again. Requests
        of other processes wait for their turn to write, and find the answer. ``books``: it is a booking that is made,
        and little else; then ``act`` may be called a second time, when what it did first was undone.

        Raises:
            InvalidInput: the key was used for another request.
            InProgress: the first request with this key is still worked on here.
        """
        request = _Request(keyed, now, now - kept, act)
        with self._alone(keyed):
            if books:
                with suppress(Beyond), self._quickly(keyed.user, now, request.question) as (work, (rows,)):
                    return self._answer(request, work, rows)
            with self._write(now) as work:
                return self._answer(request, work, *work.tx.ask_all([request.question]))

    def _answer(self, request: _Request, work: Work, rows: list[Any]) -> tuple[Answer, bool]:
        before = found_answer(rows)
        if before is not None and before[0] != request.keyed.request:
            raise _of_another(request.keyed)
        if before is not None:
            return before[1], True
        with self._joined(work):
            answer = request.act()
        work.tx.answers.add(request.keyed, answer, request.now, request.since)
        return answer, False

    @contextmanager
    def _alone(self, keyed: Keyed) -> Iterator[None]:
        mine = keyed.user, keyed.key
        with _LOCK:
            if mine in _IN_PROGRESS:
                raise InProgress(
                    "The first request with this key is still worked on.",
                    given=keyed.key,
                    advice="Ask again in a moment, with the same key.",
                )
            _IN_PROGRESS.add(mine)
        try:
            yield
        finally:
            with _LOCK:
                _IN_PROGRESS.discard(mine)


_LOCK = Lock()
_IN_PROGRESS: set[tuple[UserName, str]] = set()


def _of_another(keyed: Keyed) -> InvalidInput:
    return InvalidInput(
        "This key was used for another request.",
        given=keyed.key,
        allowed="a key of its own for each request; the same one only to repeat it unchanged",
        advice="Send it with a new key.",
    )
