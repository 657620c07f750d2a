"""The rules as triggers for PostgreSQL, and what only PostgreSQL needs.

Transactions run side by side here, so every statement that writes waits for its turn first (`WRITER`): until the end
of that transaction nobody else writes, the rules see all that others have committed, and events are numbered in the
order of their commits. That is true at READ COMMITTED alone, so nothing else may write. A temporary table must not
stand in for one of ours: the functions name the schema that they look in. ``TRUNCATE`` fires no row's trigger, and
moments may be infinite or beyond what the program can read: both are refused.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from maia_hub.store.guards.messages import NOT_A_MOMENT, NOT_EMPTIED, STALE_VIEW
from maia_hub.store.guards.rules import Rule, rules_of

WRITER = (0x4D414941, 1)
"""“MAIA”: the advisory lock of whoever writes, from the first statement to the end of the transaction."""

CHANNEL = "maia_events"
"""Where it is said that there are new events, when they are committed."""

_KEPT = ("bookings", "leases", "lease_gpus", "events", "retentions")
_MOMENTS = {
    "bookings": ("starts_at", "ends_at", "ended_at", "first_used", "created"),
    "outages": ("starts_at", "ends_at"),
    "leases": ("since", "until", "released"),
    "events": ("at",),
    "retentions": ("at", "cutoff", "closed"),
    "waiters": ("since", "offered_until", "accepted"),
}
_FIRST, _LAST = "0001-01-02 00:00:00+00", "9999-12-31 00:00:00+00"


def _raise(message: str) -> str:
    return f"RAISE EXCEPTION USING MESSAGE = '{message}', ERRCODE = 'integrity_constraint_violation';"


_TURN = f"""
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    {_raise(STALE_VIEW)}
  END IF;
  PERFORM pg_advisory_xact_lock({WRITER[0]}, {WRITER[1]});
  RETURN NULL;
"""


def install(connection: Connection) -> None:
    """Put this version's guards in the place of those that are there."""
    remove(connection)
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
    for statement in (*_own(schema, tables), *_rules(schema, tables)):
        connection.exec_driver_sql(statement)


def remove(connection: Connection) -> None:
    """Take away all functions named ``maia_…``, which are ours, and the triggers that call them."""
    functions = connection.exec_driver_sql(
        "SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = current_schema() AND starts_with(p.proname, 'maia_')"
    )
    for function in functions.scalars().all():
        connection.exec_driver_sql(f"DROP FUNCTION {function} CASCADE")


def _own(schema: str, tables: set[str]) -> list[str]:
    """Return the functions and triggers that only PostgreSQL needs."""
    made = [
        _function(schema, "maia_turn", _TURN),
        _function(schema, "maia_keep", _raise(NOT_EMPTIED)),
        _function(schema, "maia_moment", _raise(NOT_A_MOMENT)),
        _function(schema, "maia_tell", f"PERFORM pg_notify('{CHANNEL}', ''); RETURN NULL;"),
        _on_statement("events_tell", "AFTER INSERT", "events", "maia_tell"),
    ]
    for table in sorted(tables):
        made.append(_on_statement(f"{table}_turn", "BEFORE INSERT OR UPDATE OR DELETE", table, "maia_turn"))
    for table in tables.intersection(_KEPT):
        made.append(_on_statement(f"{table}_keep", "BEFORE TRUNCATE", table, "maia_keep"))
    for table, columns in ((table, _MOMENTS[table]) for table in _MOMENTS if table in tables):
        odd = " OR ".join(f"NEW.{c} < '{_FIRST}' OR NEW.{c} > '{_LAST}'" for c in columns)
        made.append(
            f"CREATE TRIGGER {table}_moments BEFORE INSERT OR UPDATE ON {table}"
            f" FOR EACH ROW WHEN ({odd}) EXECUTE FUNCTION maia_moment()"
        )
    return made


def _rules(schema: str, tables: set[str]) -> list[str]:
    return [part for rule in rules_of(tables) for part in _trigger(schema, rule)]


def _function(schema: str, name: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp\n"
        f"AS $body$\nBEGIN\n{body}\nEND\n$body$"
    )


def _on_statement(name: str, moment: str, table: str, function: str) -> str:
    return f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"


def _trigger(schema: str, rule: Rule) -> list[str]:
    """Return the function of a rule and the trigger that calls it."""
    refusals = [f"IF {condition} THEN {_raise(message)} END IF;" for message, condition in rule.refuse]
    then = [f"{rule.then};"] if rule.then else []
    row = "OLD" if rule.verb == "DELETE" else "NEW"
    body = "\n".join([*refusals, *then, f"RETURN {row};"])
    when = f" WHEN ({rule.when})" if rule.when else ""
    return [
        _function(schema, f"maia_{rule.name}", body),
        f"CREATE TRIGGER {rule.name} {rule.timing} {rule.verb} ON {rule.table}"
        f" FOR EACH ROW{when} EXECUTE FUNCTION maia_{rule.name}()",
    ]
