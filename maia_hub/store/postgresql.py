"""A PostgreSQL database: several processes, side by side.

One transaction writes at a time, in the whole database: it holds the advisory lock `WRITER` from its first statement
to its end. That is the order SQLite gives for free, and all that decisions rest on: what a transaction has read stays
true until it commits, two bookings never judge the same free GPU, and events are numbered in the order of commits.
The guards take the same lock for whoever writes past this program. Readers wait for nobody.
"""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError

from maia_hub.core.errors import Unavailable
from maia_hub.store.decisions import ASKERS
from maia_hub.store.guards.postgresql import WRITER

OURS = "The bookings of MAIA Hub"
"""The comment on the table of versions, so that somebody else's database is never taken for ours."""

OLDEST = 13

READS: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
WRITES: dict[str, Any] = {"isolation_level": "READ COMMITTED", "maia_write": True}
"""Execution options of a connection that reads, and of one that writes."""

SHARED = True
ADVICE = "(is the database server up, reachable and writable?)"
_KEEP = "Nothing was changed. Name another database, or another user's schema."
MOST = 16
"""Connections of one process: a service's pool, those of its questions, the one of its bookings and the one on which it
listens, or one for each thread of a review. Two of each, and one more of each while an upgrade starts them anew, stay
below PostgreSQL's own limit of 100."""
_POOL = {"pool_size": MOST - 2 - ASKERS, "max_overflow": 0, "pool_timeout": 10.0}

_PATIENCE = {"lock_timeout": "10s", "statement_timeout": "30s", "idle_in_transaction_session_timeout": "60s"}
_PATIENCE_TO_MIGRATE = {**_PATIENCE, "lock_timeout": "10min", "statement_timeout": "0"}
_CONNECT = {
    "application_name": "maia-hub",
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds until a silent peer is given up
}


def engine(url: URL, *, migrates: bool = False) -> Engine:
    """Return an engine whose connections give up instead of hanging, and are tried before they are used."""
    settings = {"timezone": "UTC", **(_PATIENCE_TO_MIGRATE if migrates else _PATIENCE)}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    ours = {key: value for key, value in _CONNECT.items() if key not in url.query}
    made = create_engine(
        url,
        connect_args={**ours, "options": f"{options} {_asked(url, 'options')}".strip()},
        pool_pre_ping=True,
        hide_parameters=True,
        **_POOL,
    )
    event.listen(made, "begin", _on_begin)
    event.listen(made, "handle_error", _on_error)
    return made


def _asked(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else " ".join(value)


def _on_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("maia_write", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER[0]}, {WRITER[1]})")


def _on_error(context: ExceptionContext) -> None:
    # What was the primary is a standby now: the next connection may reach the new primary.
    if isinstance(context.original_exception, psycopg.errors.ReadOnlySqlTransaction):
        context.is_disconnect = True


def name(url: URL) -> str:
    """Return what errors call the database: where it is, and never with what secret."""
    return (
        f"{url.database or url.username or 'postgres'} on {url.host or _asked(url, 'host') or 'this machine'}"
    )


def prepare(url: URL) -> str | None:
    """Refuse a database in which something else is; make nothing; return its version, None if it has no tables."""
    return _look(url)


def version(url: URL) -> str | None:
    """Return the version of a writable database of ours; None if the tables are missing."""
    return _look(url)


def _look(url: URL) -> str | None:
    made = engine(url)
    try:
        with made.connect() as connection:
            return _look_at(connection, name(url))
    except SQLAlchemyError as e:
        raise Unavailable(
            f"The database {name(url)} cannot be used: {first_line(e)}.",
            advice="Is the server up and reachable, and are user and password right?",
        ) from e
    finally:
        made.dispose()


def _look_at(connection: Connection, called: str) -> str | None:
    server = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
    if int(server) < OLDEST * 10_000:
        raise Unavailable(f"The server of {called} is too old.", given=server, allowed=f"PostgreSQL {OLDEST}")
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise Unavailable(f"The database {called} cannot keep every letter.", given=encoding, allowed="UTF8")
    if connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on":
        raise Unavailable(f"The database {called} is read-only.", advice="Name the primary server.")
    if connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "0":
        raise Unavailable(
            f"Connections to {called} do not keep the time limits that they are made with.",
            advice="Name the server itself, and not a pooler such as PgBouncer in between.",
        )
    return _version_of(connection, called)


def _version_of(connection: Connection, called: str) -> str | None:
    mark = connection.exec_driver_sql(
        "SELECT obj_description(to_regclass('alembic_version')::oid, 'pg_class')"
    ).scalar_one()
    if mark == OURS:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
        return None if found is None else str(found)
    theirs = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
        " AND tablename IN ('alembic_version', 'bookings', 'events', 'servers')"
    ).scalar_one()
    if theirs:
        raise Unavailable(f"The database {called} is not one of MAIA Hub.", advice=_KEEP)
    return None


def first_line(error: SQLAlchemyError) -> str:
    """Return what the server or the driver said, in one line."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0].rstrip(".") if said else type(error).__name__
