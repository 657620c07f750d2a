"""A decision in two round trips to PostgreSQL, for those whom somebody waits for: the reviews of pods, and bookings.

A decision asks what is known beforehand, and writes what follows from the answers. Statement by statement, each waits
for its own answer while nobody else may write, and the engine above the driver takes more time than the database. So
the writer's lock and all questions are sent as one text, and all that is written, with the commit, as another; what
the statements mean is worked out once for each connection.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Semaphore
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.rows import namedtuple_row
from psycopg.types.json import JsonDumper
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

from maia_hub.store.guards.postgresql import WRITER

Statement = Select[Any] | UpdateBase
Question = tuple[Statement, Mapping[str, object]]
"""A statement that is made once, for it is put into words once, and its values."""

_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    f"SELECT pg_advisory_xact_lock({WRITER[0]}, {WRITER[1]})",
)
_LOOK = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
ASKERS = 6
"""Who may ask several questions at once at the same time, each on a connection."""
_NUMBERED = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_PLACE = re.compile(r"\$(\d+)")
_NUMBERS = "SELECT nextval(pg_get_serial_sequence('events', 'id')) FROM generate_series(1, {})"


@dataclass(frozen=True)
class _Words:
    """A statement as PostgreSQL reads it, under a name, and what it takes, in which order."""

    name: str
    text: str
    takes: Sequence[str]
    constants: Mapping[str, object]


class _Line:
    """A connection of the driver's that is sent several statements at once."""

    def __init__(self, connection: psycopg.Connection[Any], words: Callable[[Question], _Words]) -> None:
        connection.autocommit = True  # where a transaction begins is said
        connection.prepare_threshold = (
            None  # or it forgets what is prepared, ours too, when something is undone
        )
        connection.row_factory = namedtuple_row
        connection.adapters.register_dumper(dict, JsonDumper)
        self.connection = connection
        self._words = words
        self._known: set[str] = set()
        self._literals = Transformer(connection)

    def text(self, question: Question) -> str:
        """Return what executes a statement with its values."""
        words = self._words(question)
        if words.name not in self._known:
            self.connection.execute(f"PREPARE {words.name} AS {words.text}")
            self._known.add(words.name)
        values = {**words.constants, **question[1]}
        given = b", ".join(self._literals.as_literal(values[name]) for name in words.takes)
        return f"EXECUTE {words.name} ({given.decode()})" if given else f"EXECUTE {words.name}"

    def send(self, texts: Sequence[str]) -> list[list[Any]]:
        """Execute them one after the other; return the rows of each."""
        return _rows_of(self.connection.execute("; ".join(texts)), len(texts))


def _rows_of(cursor: psycopg.Cursor[Any], statements: int) -> list[list[Any]]:
    """Return the rows of each of several statements that were sent as one."""
    found = []
    for following in reversed(range(statements)):
        found.append(cursor.fetchall() if cursor.description else [])
        if following:
            cursor.nextset()
    return found


def _plain(words: _Words, values: Mapping[str, object], literal: Callable[[object], bytes]) -> str:
    """Return a statement with its values in it: where nothing may be prepared."""
    given = {**words.constants, **values}
    return _PLACE.sub(lambda at: literal(given[words.takes[int(at[1]) - 1]]).decode(), words.text)


class Beyond(Exception):
    """A decision is to do what takes a transaction like any other."""


@dataclass
class Decision:
    """A transaction that has asked what it was known to need; what it writes is kept until it is sent.

    It stands where repositories expect a connection, for statements that are made once, with their values: it asks what
    is asked before anything is written, and answers nothing to what writes. Whatever else they do is `Beyond` it, and
    then nothing is sent.
    """

    answers: list[list[Any]]
    numbers: list[int]
    """Of the events that it may write: given under the lock, for events are numbered in the order of commits."""
    _line: _Line
    _writes: list[str] = field(default_factory=list)
    _beyond: bool = False

    def execute(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """Ask this, or write it when the decision is sent."""
        if not isinstance(values, Mapping):
            raise self._too_much()
        if not isinstance(statement, UpdateBase):
            return self.ask([(statement, values)])[0]
        with _raised(self._line):
            self._writes.append(self._line.text((statement, values)))
        return []

    def scalar(self, *_: object) -> Any:
        """Refuse to be read from."""
        raise self._too_much()

    scalars = begin_nested = scalar

    def ask(self, questions: Sequence[Question]) -> list[list[Any]]:
        """Return the rows of further questions, before anything is written."""
        if self._writes:
            raise self._too_much()
        with _raised(self._line):
            return self._line.send([self._line.text(each) for each in questions])

    def _too_much(self) -> Beyond:
        self._beyond = True
        return Beyond()

    def send(self) -> None:
        """Write all and commit."""
        if self._beyond:  # and somebody took it for a failure of something lesser
            raise Beyond
        with _raised(self._line):
            self._line.send([*self._writes, "COMMIT"])


class Decisions:
    """Connections for decisions, as many as there are at one time; threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._pool = (
            engine.pool.recreate()
        )  # of connections on which the driver has prepared nothing of its own
        self._idle: deque[_Line] = deque()
        self._words: dict[tuple[Statement, tuple[str, ...]], _Words] = {}
        self._number = count()
        self._askers = Semaphore(ASKERS)

    def ask(self, question: Question) -> list[Any]:
        """Return the rows that a question finds at this moment, in one round trip and without a transaction."""
        line, (rows,) = self._begin(lambda line: line.send([line.text(question)]))
        self._idle.append(line)
        return rows

    def ask_all(self, questions: Sequence[Question]) -> list[list[Any]]:
        """Return the rows that each question finds, all at the same moment, in one round trip."""
        with self._askers:
            line, answers = self._begin(lambda line: line.send([_LOOK, *map(line.text, questions), "COMMIT"]))
            self._idle.append(line)
        return answers[1:-1]

    def ask_within(self, connection: Connection, questions: Sequence[Question]) -> list[list[Any]]:
        """Return the rows that each question finds in the transaction of a connection of the engine's."""
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        literal = Transformer(driver).as_literal
        with _raised(), driver.cursor(row_factory=namedtuple_row) as cursor:
            cursor.execute(
                "; ".join(_plain(self._put(each), each[1], literal) for each in questions).encode()
            )
            return _rows_of(cursor, len(questions))

    @contextmanager
    def decide(self, questions: Sequence[Question], events: int) -> Iterator[Decision]:
        """Take the writer's turn and ask; what is not sent at the end is undone."""
        numbers = [_NUMBERS.format(events)] if events else []
        line, answers = self._begin(lambda line: line.send([*_BEGIN, *map(line.text, questions), *numbers]))
        given = [number for (number,) in answers.pop()] if events else []
        try:
            yield Decision(answers[len(_BEGIN) :], given, line)
        except Exception:
            self._undo(line)
            raise
        self._idle.append(line)

    def _undo(self, line: _Line) -> None:
        try:
            line.connection.rollback()
            self._idle.append(line)
        except psycopg.Error:
            line.connection.close()

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().connection.close()

    def _begin(self, send: Callable[[_Line], list[list[Any]]]) -> tuple[_Line, list[list[Any]]]:
        """Return a connection that answered, and what; that one died while it was idle is not the last word."""
        while True:
            try:
                line, fresh = self._idle.pop(), False
            except IndexError:
                line, fresh = self._connect(), True
            with _raised(line):
                try:
                    return line, send(line)
                except psycopg.Error:
                    died = line.connection.broken
                    line.connection.close()
                    if fresh or not died:
                        raise

    def _connect(self) -> _Line:
        with _raised():
            pooled = self._pool.connect()
        connection = pooled.driver_connection
        pooled.detach()
        assert isinstance(connection, psycopg.Connection)
        return _Line(connection, self._put)

    def _put(self, question: Question) -> _Words:
        """Put a statement into words, once."""
        statement, values = question
        names = tuple(values)
        words = self._words.get((statement, names))
        if words is None:
            made = statement.compile(dialect=_NUMBERED, column_keys=list(names))
            takes = [] if made.positiontup is None else made.positiontup
            words = _Words(
                f"maia_{next(self._number)}", str(made), takes, made.construct_params(_check=False)
            )
            self._words[statement, names] = words
        return words


@contextmanager
def _raised(line: _Line | None = None) -> Iterator[None]:
    """Raise the driver's errors as the engine does."""
    try:
        yield
    except psycopg.Error as e:
        lost = line is not None and line.connection.broken
        raise DBAPIError.instance(
            None, None, e, psycopg.Error, hide_parameters=True, connection_invalidated=lost
        ) from e
