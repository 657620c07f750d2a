"""The rules as triggers for SQLite, and what only SQLite needs.

Moments are compared as text and SQLite compares a text to a number without a word, so a value in another form is
refused first. A row that would be replaced (``INSERT OR REPLACE``) fires no delete trigger, so that is refused on
insert. An ABORT takes the statement back. There is one writer at a time: a transaction that writes holds the file.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from maia_hub.store.guards.messages import (
    EVENTS_APPEND_ONLY,
    GPU_HELD,
    LEASES_EXCEED_BOOKING,
    NOT_A_COUNT,
    NOT_A_MOMENT,
    RETENTIONS_STAY,
)
from maia_hub.store.guards.rules import Rule, rules_of

_D = "[0-9]"
_MOMENT = f"{_D * 4}-{_D * 2}-{_D * 2} {_D * 2}:{_D * 2}:{_D * 2}.{_D * 6}"


def install(connection: Connection) -> None:
    """Put this version's guards in the place of those that are there."""
    remove(connection)
    tables = set(inspect(connection).get_table_names())
    own = [rule for rule in (*_forms(), *_REPLACED) if rule.table in tables]
    for rule in (*own, *rules_of(tables)):
        connection.exec_driver_sql(_trigger(rule))


def remove(connection: Connection) -> None:
    """Take away all triggers of the file: they are ours."""
    there = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for name in there.scalars().all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def _trigger(rule: Rule) -> str:
    when = f"WHEN {rule.when}" if rule.when else ""
    refusals = [f"SELECT RAISE(ABORT, '{message}') WHERE {condition};" for message, condition in rule.refuse]
    then = [f"{rule.then};"] if rule.then else []
    return "\n".join(
        [
            f"CREATE TRIGGER {rule.name} {rule.timing} {rule.verb} ON {rule.table} {when}",
            "BEGIN",
            *refusals,
            *then,
            "END",
        ]
    )


def _forms() -> list[Rule]:
    """Return the rules for the form of single values."""
    return [
        *_moments("bookings", "starts_at", "ends_at", "ended_at"),
        *_moments("outages", "starts_at", "ends_at"),
        *_moments("leases", "since", "until", "released"),
        *_moments("retentions", "at", "cutoff", "closed"),
        *_moments("waiters", "since", "offered_until", "accepted"),
        *_count("bookings", "gpus"),
        *_count("outages", "gpus"),
        *_count("nodes", "capacity"),
    ]


def _moments(table: str, *columns: str) -> list[Rule]:
    wrong = " OR ".join(f"NEW.{c} NOT GLOB '{_MOMENT}'" for c in columns)
    return _before(table, "moments", wrong, NOT_A_MOMENT)


def _count(table: str, column: str) -> list[Rule]:
    return _before(table, column, f"typeof(NEW.{column}) <> 'integer'", NOT_A_COUNT)


def _before(table: str, what: str, when: str, message: str) -> list[Rule]:
    return [
        Rule(
            name=f"{table}_{verb.lower()}_{what}",
            table=table,
            timing="BEFORE",
            verb=verb,
            when=when,
            refuse=((message, "TRUE"),),
        )
        for verb in ("INSERT", "UPDATE")
    ]


_REPLACED = tuple(
    Rule(name=name, table=table, timing="BEFORE", verb="INSERT", refuse=((message, f"EXISTS ({there})"),))
    for name, table, message, there in (
        (
            "bookings_replace_keeps_leases",
            "bookings",
            LEASES_EXCEED_BOOKING,
            "SELECT 1 FROM leases WHERE booking = NEW.id AND released IS NULL",
        ),
        (
            "lease_gpus_no_replace",
            "lease_gpus",
            GPU_HELD,
            "SELECT 1 FROM lease_gpus WHERE live AND gpu = NEW.gpu",
        ),
        ("events_no_replace", "events", EVENTS_APPEND_ONLY, "SELECT 1 FROM events WHERE id = NEW.id"),
        (
            "retentions_no_replace",
            "retentions",
            RETENTIONS_STAY,
            "SELECT 1 FROM retentions WHERE id = NEW.id",
        ),
    )
)
