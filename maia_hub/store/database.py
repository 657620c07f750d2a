"""The connection to the database, and who may read and write when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, cast

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from maia_hub.core.errors import Unavailable
from maia_hub.store.decisions import Decision, Decisions, Question
from maia_hub.store.dialects import dialect_of, parse
from maia_hub.store.events import Event
from maia_hub.store.failures import committing, translated
from maia_hub.store.listening import Listening
from maia_hub.store.rehearsing import Rehearsal
from maia_hub.store.transaction import Transaction
from maia_hub.store.turns import Turns

PATIENCE = 10.0
"""Seconds a writer waits for the others of its process."""


class Store:
    """A database whose tables are as this version expects them (see `maia_hub.store.schema`)."""

    def __init__(self, url: str | URL) -> None:
        url = parse(url)
        self._dialect = dialect_of(url)
        self._engine = self._dialect.engine(url)
        self._decisions = Decisions(self._engine) if self._dialect.SHARED else None
        self._writing = Turns()
        self._listening: tuple[Listening, ...] = ()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that sees one moment of the database and writes nothing."""
        with (
            translated(self._dialect.ADVICE),
            self._connect(self._dialect.READS) as connection,
            connection.begin(),
        ):
            yield Transaction(connection, asks=self._asks(connection))

    @contextmanager
    def rehearse(self) -> Iterator[Rehearsal]:
        """Open a transaction as `read` does, for what is only tried: nobody waits for it, and nothing of it stays."""
        with (
            translated(self._dialect.ADVICE),
            self._connect(self._dialect.READS) as connection,
            connection.begin() as transaction,
        ):
            yield Rehearsal(connection, asks=self._asks(connection))
            transaction.rollback()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open the one transaction that may write now; commit at the end, undo all on an error."""
        look_at = self._dialect.ADVICE
        with (
            translated(look_at),
            self._turn(),
            self._connect(self._dialect.WRITES) as connection,
            connection.begin() as transaction,
        ):
            made = Transaction(connection, asks=self._asks(connection))
            yield made
            self._wrote(made)
            with committing(look_at):
                transaction.commit()

    def ask(self, question: Question) -> list[Any]:
        """Return the rows of one question, as they are at this moment."""
        if self._decisions is None:
            return self.ask_all([question])[0]
        with translated(self._dialect.ADVICE):
            return self._decisions.ask(question)

    def ask_all(self, questions: Sequence[Question]) -> list[list[Any]]:
        """Return the rows of several questions, as they are at one moment."""
        if self._decisions is None:
            with self.read() as tx:
                return tx.ask_all(questions)
        with translated(self._dialect.ADVICE):
            return self._decisions.ask_all(questions)

    @contextmanager
    def decide(
        self, *questions: Question, events: int = 0, queued: bool = False
    ) -> Iterator[tuple[Transaction, list[list[Any]]]]:
        """Open a transaction as `write` does, for somebody who waits; its questions are asked at its beginning.

        It may write that many events, and what it writes is written at its end: see `Decision`. ``queued``: of this
        process one at a time comes so far, and all others wait without a connection.

        Raises:
            Beyond: it did what has to be done in a transaction of `write`; nothing was changed.
        """
        if self._decisions is None:
            with self.write() as tx:
                yield tx, tx.ask_all(questions)
            return
        with (
            translated(self._dialect.ADVICE),
            self._turn() if queued else nullcontext(),
            self._decisions.decide(questions, events) as decision,
        ):
            made = Transaction(cast("Connection", decision), decision.numbers, decision.ask)
            yield made, decision.answers
            self._wrote(made)
            self._send(decision)

    def _asks(self, connection: Connection) -> Callable[[Sequence[Question]], list[list[Any]]] | None:
        return None if self._decisions is None else partial(self._decisions.ask_within, connection)

    def _wrote(self, made: Transaction) -> None:
        for each in self._listening:
            each.wrote(made.events.added)

    def _send(self, decision: Decision) -> None:
        try:
            decision.send()
        except DBAPIError as e:
            if e.connection_invalidated:  # a refusal is an answer, this is none
                with committing(self._dialect.ADVICE):
                    raise
            raise

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one thread of this process write at a time: the others wait here, not each with a connection."""
        if not self._writing.acquire(timeout=PATIENCE):
            advice = "Nothing was changed. Try again in a moment."
            raise Unavailable("The booking database is busy.", advice=advice)
        try:
            yield
        finally:
            self._writing.release()

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``listener`` with every event that another process commits from now on; return how to stop that.

        It is called in the order of commits, from a thread of its own. What is committed while the database cannot be
        reached is told when it can be. On SQLite nothing is heard: there one process is all there is.
        """
        if not self._dialect.SHARED:
            return lambda: None
        with self.read() as tx:
            last = tx.events.last()
        made = Listening(self._engine, self._events_after, listener, last)
        self._listening += (made,)

        def stop() -> None:
            made.stop()
            self._listening = tuple(each for each in self._listening if each is not made)

        return stop

    def _events_after(self, last: int) -> list[Event]:
        with self.read() as tx:
            return tx.events.after(last)

    def _connect(self, options: dict[str, Any]) -> Connection:
        return self._engine.connect().execution_options(**options)

    def close(self) -> None:
        """Close all connections."""
        for each in self._listening:
            each.stop()
        if self._decisions is not None:
            self._decisions.close()
        self._engine.dispose()
