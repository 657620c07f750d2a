"""What was answered to requests that bore a key, so that a repeated one is answered and not done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

from maia_hub.core.ids import UserName
from maia_hub.store.decisions import Question
from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

answers = Table(
    "answers",
    metadata,
    Column("user", String(255), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("request", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("content", Text, nullable=False),
)
Index("ix_answers_at", answers.c.at)

_KNOWN = select(answers).where(
    answers.c.user == bindparam("of"), answers.c.key == bindparam("named"), answers.c.at >= bindparam("since")
)
_FORGET = delete(answers).where(answers.c.at < bindparam("before"))
_ADD = insert(answers)


@dataclass(frozen=True)
class Keyed:
    """A request with a key of its sender's; ``request`` is a digest of all that it asks for."""

    user: UserName
    key: str
    request: str


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    content: str
    headers: Mapping[str, str] = field(default_factory=dict)


def known(keyed: Keyed, since: datetime) -> Question:
    """Ask what was answered to a request with this key, unless that was before ``since``."""
    return _KNOWN, {"of": keyed.user, "named": keyed.key, "since": since}


def found_answer(rows: Sequence[Any]) -> tuple[str, Answer] | None:
    """Return the request of which `known` asked, and what was answered; None if there was none."""
    return next(((row.request, Answer(row.status, row.content, row.headers)) for row in rows), None)


@dataclass(frozen=True)
class Answers:
    """The answers that are kept."""

    connection: Connection

    def add(self, keyed: Keyed, answer: Answer, at: datetime, since: datetime) -> None:
        """Keep an answer, and forget those from before ``since``."""
        self.connection.execute(_FORGET, {"before": since})
        values = {
            "user": keyed.user,
            "key": keyed.key,
            "request": keyed.request,
            "at": at,
            "status": answer.status,
            "headers": dict(answer.headers),
            "content": answer.content,
        }
        self.connection.execute(_ADD, values)
