"""The ground all use cases stand on: how a transaction is opened, and what follows its commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from maia_hub.core.amendments import Rules
from maia_hub.core.closing import Closing
from maia_hub.core.errors import Unavailable
from maia_hub.core.policy import PolicySet
from maia_hub.core.projects import Projects
from maia_hub.core.sessionfile import SessionFile
from maia_hub.desk.picture import Picture
from maia_hub.desk.work import Work
from maia_hub.store import Store
from maia_hub.store.events import Event

_log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=60)
"""How long GPUs may be missing before anybody is told: a kubelet that restarts has none for a moment."""
ALARM_EVENTS = ("booking.endangered", "booking.safe", "inventory.trouble", "inventory.well")
"""What an administrator should find in the logs, too."""

JOINED: ContextVar[Work | None] = ContextVar("joined", default=None)
"""The transaction that the use cases of this thread are parts of, if each is not one of its own."""


class Cases:
    """A group of use cases over one store."""

    def __init__(
        self,
        store: Store,
        policies: PolicySet,
        closing: Closing,
        publish: Callable[[SessionFile], None],
        on_event: Callable[[Event], None] | None = None,
        patience: timedelta = PATIENCE,
        projects: Projects | None = None,
    ) -> None:
        self._store = store
        self.policies = policies
        self.closing = closing
        self.projects = projects or Projects()
        self.patience = patience
        self._publish = publish
        self._picture = Picture()
        self._listeners: list[Callable[[Event], None]] = [on_event] if on_event else []

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``listener`` with every event once it is committed, from any thread; return how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: Event) -> None:
        """Call every listener with an event that is committed, by this process or by another one."""
        for listener in tuple(self._listeners):
            listener(event)

    def follow(self) -> Callable[[], None]:
        """Tell listeners of what other processes commit to the same database, too; return how to stop that."""
        return self._store.listen(self.tell)

    @contextmanager
    def _write(self, now: datetime) -> Iterator[Work]:
        joined = JOINED.get()
        if joined is not None:
            yield joined
            return
        with self._store.write() as tx:
            work = Work(lambda: tx, now, self.closing, Rules(self.policies, self.projects))
            yield work
            self._follow(work)
            self._tell_servers(work)
        self._announce(work)

    def _follow(self, work: Work) -> None:
        """Do what follows from what a transaction did, as its last part."""

    @contextmanager
    def _joined(self, work: Work) -> Iterator[None]:
        """Let all use cases that this thread calls meanwhile be parts of one transaction."""
        token = JOINED.set(work)
        try:
            yield
        finally:
            JOINED.reset(token)

    def _announce(self, work: Work) -> None:
        """Tell what was committed."""
        for event in work.events:
            if event.action in ALARM_EVENTS:
                _log.warning("%s %s %s: %s", event.action, event.subject, event.user, event.reason)
            self.tell(event)

    def _tell_servers(self, work: Work) -> None:
        """Tell running servers before the commit: an end that a server cannot learn of is not given."""
        try:
            for file in work.files:
                self._publish(file)
        except OSError as e:
            raise Unavailable(
                f"The server could not be told what it holds ({e.strerror}).",
                advice="Nothing was changed. Try again; tell the administrator if it stays so "
                "(is the disk full, or the data folder read-only?).",
            ) from e

    @contextmanager
    def _rehearse(self, now: datetime) -> Iterator[Work]:
        """Try bookings by the code that makes them, on what is there at this moment; nobody waits meanwhile."""
        with self._store.rehearse() as tx:
            yield Work(lambda: tx, now, self.closing, Rules(self.policies, self.projects), rehearsed=True)

    @contextmanager
    def _read(self, now: datetime) -> Iterator[Work]:
        joined = JOINED.get()
        if joined is not None:
            yield joined
            return
        with self._store.read() as tx:
            yield Work(lambda: tx, now, self.closing, Rules(self.policies, self.projects), settled=True)
