"""What happened, on disk: a list of events in SQLite, from which the state is made, and to which one adds at a time.

A rule is asked within the transaction that writes what it returns, so that of two processes the second sees what the
first did. A training holds a lock as long as it runs, which ends with its process: one that was killed is known.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from maia_hub.core.errors import Unavailable
from maia_hub.core.files import held
from maia_hub.monailabel.learning.events import EVENT, Event, Learning, after

_TABLES = 1
"""How the tables are, as the file's user_version: one more for every change."""
_WAIT = 30.0
Rule = Callable[[Learning], Sequence[Event]]


class Record:
    """The file of one project's or user's learning. It may be used from any thread and process; its owner alone may."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._create()
        except (OSError, sqlite3.Error) as error:
            raise _unwritten(path, error) from error

    def state(self) -> Learning:
        """Return what all events make up."""
        with self._open() as db:
            return after(Learning(), _events(db))

    def events(self) -> list[Event]:
        """Return all that happened, the oldest first."""
        with self._open() as db:
            return _events(db)

    def change(self, rule: Rule) -> Learning:
        """Ask a rule what follows from the state, write it down, and return the state after it.

        Raises:
            MaiaError: the rule says no, and nothing is written.
            Unavailable: it cannot be written.
        """
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            state = after(Learning(), _events(db))
            events = list(rule(state))
            new = after(state, events)
            rows = [(EVENT.dump_json(each).decode(),) for each in events]
            db.executemany("INSERT INTO events (body) VALUES (?)", rows)
            db.execute("COMMIT")
        return new

    def turn(self) -> AbstractContextManager[bool]:
        """Be the one process that trains, as long as this lasts; False if another one is."""
        return held(self._path.with_suffix(".training"))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)) as db:
                yield db
        except sqlite3.Error as error:
            raise _unwritten(self._path, error) from error

    def _create(self) -> None:
        with closing(sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("BEGIN IMMEDIATE")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > _TABLES:
                db.execute("ROLLBACK")
                raise Unavailable(
                    f"{self._path} was changed by a newer version.", advice="Update maia-hub here, too."
                )
            db.execute(
                "CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT"
            )
            db.execute(f"PRAGMA user_version={_TABLES}")
            db.execute("COMMIT")


def _events(db: sqlite3.Connection) -> list[Event]:
    rows = db.execute("SELECT body FROM events ORDER BY number").fetchall()
    try:
        return [EVENT.validate_json(body) for (body,) in rows]
    except ValueError as error:
        raise Unavailable(
            "The record of what was learnt holds something unknown.", advice="Update maia-hub here, too."
        ) from error


def _unwritten(path: Path, error: Exception) -> Unavailable:
    return Unavailable(f"The record of what was learnt cannot be used: {error}"[:300], given=str(path))
