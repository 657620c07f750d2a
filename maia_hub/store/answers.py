"""What was answered to requests that bore a key, so that a repeated one is answered and not done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import JSON, Column, Connection, Index, Integer, String, Table, Text, delete, insert, select

from maia_hub.core.ids import UserName
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


@dataclass(frozen=True)
class Answers:
    """The answers that are kept."""

    connection: Connection

    def get(self, keyed: Keyed, since: datetime) -> tuple[str, Answer] | None:
        """Return the request that bore this key and what was answered, unless that was before ``since``."""
        query = select(answers).where(
            answers.c.user == keyed.user, answers.c.key == keyed.key, answers.c.at >= since
        )
        row = self.connection.execute(query).one_or_none()
        return None if row is None else (row.request, Answer(row.status, row.content, row.headers))

    def add(self, keyed: Keyed, answer: Answer, at: datetime, since: datetime) -> None:
        """Keep an answer, and forget those from before ``since``."""
        self.connection.execute(delete(answers).where(answers.c.at < since))
        values = {
            "user": keyed.user,
            "key": keyed.key,
            "request": keyed.request,
            "at": at,
            "status": answer.status,
            "headers": dict(answer.headers),
            "content": answer.content,
        }
        self.connection.execute(insert(answers).values(values))
