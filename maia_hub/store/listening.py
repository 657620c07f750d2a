"""Hearing of what other processes write: PostgreSQL says that there are new events, and they are read in their order.

Events are numbered in the order of commits, for one transaction writes at a time: whoever asks for those after the
last one it has seen misses none, whatever became of its connection meanwhile.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from maia_hub.core.errors import Unavailable
from maia_hub.store.events import Event
from maia_hub.store.guards.postgresql import CHANNEL

HEARTBEAT = 20.0
"""Seconds of silence after which the connection is tried, and events are looked for all the same."""

RETRY = 1.0
"""Seconds between two tries to connect again."""

_log = logging.getLogger(__name__)


class Listening:
    """A thread that tells ``listener`` of every event after ``last`` but those that this process wrote itself."""

    def __init__(
        self,
        engine: Engine,
        read_after: Callable[[int], list[Event]],
        listener: Callable[[Event], None],
        last: int,
    ) -> None:
        self._engine = engine
        self._read_after = read_after
        self._listener = listener
        self._last = last
        self._own: set[int] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._run, name="maia-events", daemon=True)
        self._thread.start()

    def wrote(self, ids: Iterable[int]) -> None:
        """Take note of events that this process is about to commit: their listeners are told without a detour."""
        with self._lock:
            self._own.update(ids)

    def stop(self) -> None:
        """End the thread; further calls do nothing."""
        if not self._stopping.is_set():
            self._stopping.set()
            os.write(self._wake, b".")
            self._thread.join()
            os.close(self._woken)
            os.close(self._wake)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._connect()) as connection:
                    while not self._stopping.is_set():
                        self._tell()
                        self._wait(connection)
            except (psycopg.Error, SQLAlchemyError, Unavailable) as e:
                _log.warning("events of other processes are not heard at the moment (%s)", type(e).__name__)
                self._stopping.wait(RETRY)

    def _connect(self) -> psycopg.Connection[Any]:
        pooled = self._engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()
        assert isinstance(connection, psycopg.Connection)
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

    def _wait(self, connection: psycopg.Connection[Any]) -> None:
        """Wait until something is said, the silence has lasted too long, or this is to end."""
        readable, _, _ = select.select([connection.fileno(), self._woken], [], [], HEARTBEAT)
        if connection.fileno() in readable:
            for _ in connection.notifies(timeout=0):
                pass  # what is new is read from the table
        elif not readable:
            connection.execute("SELECT 1")

    def _tell(self) -> None:
        while found := self._read_after(self._last):
            for event in found:
                self._last = event.id
                if not self._is_own(event.id):
                    self._tell_one(event)
        with self._lock:
            self._own = {each for each in self._own if each > self._last}  # less what was never committed

    def _is_own(self, event_id: int) -> bool:
        with self._lock:
            return event_id in self._own

    def _tell_one(self, event: Event) -> None:
        try:
            self._listener(event)
        except Exception:
            _log.exception("event %d of another process", event.id)
