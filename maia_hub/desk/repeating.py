"""Doing once what is asked twice: a request with a key is answered again, not done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from maia_hub.core.errors import InProgress, InvalidInput
from maia_hub.core.ids import UserName
from maia_hub.desk.work import Cases
from maia_hub.store.answers import Answer, Keyed


class RepeatingCases(Cases):
    """Keeps answers together with what was done: both are committed, or neither is."""

    def once(
        self, keyed: Keyed, now: datetime, kept: timedelta, act: Callable[[], Answer]
    ) -> tuple[Answer, bool]:
        """Return what ``act`` answers, and False; or what it answered when it was asked before, and True.

        All that ``act`` does with this desk, from this thread, is one transaction, in which the answer is kept for so
        long as ``kept`` says. What it raises undoes all, and is not kept: then the same may be tried again. Requests
        of other processes wait for their turn to write, and find the answer.

        Raises:
            InvalidInput: the key was used for another request.
            InProgress: the first request with this key is still worked on here.
        """
        since = now - kept
        with self._alone(keyed), self._write(now) as work:
            known = work.tx.answers.get(keyed, since)
            if known is not None and known[0] != keyed.request:
                raise _of_another(keyed)
            if known is not None:
                return known[1], True
            with self._joined(work):
                answer = act()
            work.tx.answers.add(keyed, answer, now, since)
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
