"""Booking more than there is by SQL alone: somebody with the database's password, past all of our code and its lock."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import psycopg
from sqlalchemy import URL

from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval
from tests.store.raw import Refused, insertion

_INSERTS = 0.7
"""Of all; the others move what is booked."""
_LIVE = "SELECT id FROM bookings WHERE state <> 'ended' AND ends_at > ?"
_MOVE = f"""
UPDATE bookings SET node = ?, gpus = ?, starts_at = ?, ends_at = ?
WHERE id = (SELECT id FROM ({_LIVE}) AS live LIMIT 1 OFFSET ?)
"""
_WITHIN = 180.0  # seconds until a statement had its turn
_AGAIN = 0.0005  # seconds; the file's own waiting grows to a tenth of a second, and nearly all of it would be waiting


@dataclass(frozen=True)
class Wanted:
    """What one attempt would have: GPUs of a node over a time, in the name of somebody."""

    user: str
    node: NodeId
    gpus: int
    interval: Interval


@dataclass
class ByHand:
    """A connection of its own, on which each statement is a transaction."""

    where: URL

    def make(self, number: str, chance: Random, wanted: Wanted, now: datetime) -> None:
        """Try to insert a booking, or to move one to where it does not fit; mostly that is refused."""
        if chance.random() < _INSERTS:
            row = _row(number, wanted, now)
            self._run(insertion("bookings", row), *row.values())
        else:
            when = wanted.interval
            at = _text(when.start), _text(when.end)
            self._run(_MOVE, wanted.node, wanted.gpus, *at, _text(now), chance.randrange(40))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @cached_property
    def _connection(self) -> Any:
        if self._file:
            return sqlite3.connect(str(self.where.database), timeout=0, isolation_level=None)
        where = self.where.translate_connect_args(username="user", database="dbname")
        return psycopg.connect(**where, autocommit=True, options="-c timezone=UTC")

    @property
    def _file(self) -> bool:
        return self.where.get_backend_name() == "sqlite"

    def _run(self, sql: str, *values: object) -> None:
        statement = sql if self._file else sql.replace("?", "%s")
        until = time.monotonic() + _WITHIN
        with suppress(*Refused):
            while not self._had_its_turn(statement, values):
                assert time.monotonic() < until, "another process has been writing all the time"
                time.sleep(_AGAIN)

    def _had_its_turn(self, statement: str, values: tuple[object, ...]) -> bool:
        """Run a statement; False if somebody else writes to the file just now. A server lets all wait in line."""
        try:
            self._connection.execute(statement, values)
        except sqlite3.OperationalError as e:
            if "locked" not in str(e):
                raise
            return False
        return True


def _row(number: str, wanted: Wanted, now: datetime) -> dict[str, object]:
    return {
        "id": uuid5(NAMESPACE_URL, f"by hand:{number}").hex,
        "user": wanted.user,
        "pool": "a6000",
        "node": wanted.node,
        "gpus": wanted.gpus,
        "starts_at": _text(wanted.interval.start),
        "ends_at": _text(wanted.interval.end),
        "state": "confirmed",
        "created": _text(now),
        "note": "",
    }


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"
