"""What must hold between rows, in SQL that every kind of database understands.

A peak of use lies where a booking or an outage begins, so it is enough to look at the start of the new booking and
at every start within it. Rules that compare rows look after the row is written, when its computed column is known.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from maia_hub.store.guards.messages import (
    AMENDMENTS_APPEND_ONLY,
    ENDED_LEASE,
    EVENTS_APPEND_ONLY,
    GPU_HELD,
    HALF_ENDED,
    LEASES_EXCEED_BOOKING,
    NOT_TO_OFFER,
    OVERBOOKED,
    RETENTIONS_STAY,
    WRONG_NODE,
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is looked at when a row of ``table`` is written.

    ``when`` compares NEW with OLD and nothing else. ``refuse`` are messages with the condition under which each is
    said and the statement taken back. ``then`` is a statement that follows.
    """

    name: str
    table: str
    timing: Literal["BEFORE", "AFTER"] = "AFTER"
    verb: Literal["INSERT", "UPDATE", "DELETE"]
    when: str | None = None
    refuse: tuple[tuple[str, str], ...] = ()
    then: str | None = None


_PEAK = (
    OVERBOOKED,
    """EXISTS (
    SELECT 1 FROM (
      SELECT NEW.starts_at AS moment
      UNION SELECT b.starts_at FROM bookings b
        WHERE b.node = NEW.node AND b.state <> 'requested'
          AND b.starts_at > NEW.starts_at AND b.starts_at < NEW.occupied_until
      UNION SELECT o.starts_at FROM outages o
        WHERE o.node = NEW.node AND o.starts_at > NEW.starts_at AND o.starts_at < NEW.occupied_until
    ) p
    WHERE (SELECT COALESCE(SUM(b.gpus), 0) FROM bookings b
             WHERE b.node = NEW.node AND b.state <> 'requested'
               AND b.starts_at <= p.moment AND b.occupied_until > p.moment)
        + (SELECT COALESCE(SUM(o.gpus), 0) FROM outages o
             WHERE o.node = NEW.node AND o.starts_at <= p.moment AND o.ends_at > p.moment)
        > COALESCE((SELECT n.capacity FROM nodes n WHERE n.id = NEW.node AND n.pool = NEW.pool), 0)
  )""",
)

_HELD_BY = """SELECT COUNT(*) FROM lease_gpus g JOIN leases l ON l.id = g.lease
      WHERE g.live AND l.booking = b.id"""

_LEASE_FITS = (
    LEASES_EXCEED_BOOKING,
    f"""NOT EXISTS (
    SELECT 1 FROM bookings b WHERE b.id = NEW.booking AND b.state <> 'requested' AND b.node = NEW.node
      AND NEW.since >= b.starts_at AND NEW.until <= b.occupied_until AND b.gpus >= ({_HELD_BY}))""",
)

_GPU_FITS = (
    (
        WRONG_NODE,
        """NOT EXISTS (
    SELECT 1 FROM gpus g JOIN leases l ON l.node = g.node WHERE g.id = NEW.gpu AND l.id = NEW.lease)""",
    ),
    (
        LEASES_EXCEED_BOOKING,
        f"""EXISTS (
    SELECT 1 FROM leases own JOIN bookings b ON b.id = own.booking
    WHERE own.id = NEW.lease AND b.gpus < ({_HELD_BY}))""",
    ),
)

_BOOKING_KEEPS_LEASES = (
    LEASES_EXCEED_BOOKING,
    f"""EXISTS (
    SELECT 1 FROM leases l WHERE l.booking = OLD.id AND l.released IS NULL AND NOT EXISTS (
      SELECT 1 FROM bookings b WHERE b.id = l.booking AND b.state <> 'requested' AND b.node = l.node
        AND b.starts_at <= l.since AND b.gpus >= ({_HELD_BY})))""",
)

_NO_LIVE_LEASE = (
    LEASES_EXCEED_BOOKING,
    "EXISTS (SELECT 1 FROM leases WHERE booking = OLD.id AND released IS NULL)",
)


def _not_released(row: str) -> tuple[str, str]:
    return GPU_HELD, f"EXISTS (SELECT 1 FROM leases WHERE id = {row}.lease AND released IS NULL)"


_OCCUPIES = "NEW.state <> 'requested' AND NEW.occupied_until > NEW.starts_at"

_BOOKINGS = (
    *(
        Rule(
            name=f"bookings_{verb.lower()}_ended",
            table="bookings",
            timing="BEFORE",
            verb=verb,
            when="(NEW.state = 'ended') <> (NEW.ended_at IS NOT NULL)",
            refuse=((HALF_ENDED, "TRUE"),),
        )
        for verb in ("INSERT", "UPDATE")
    ),
    Rule(name="bookings_insert_fits", table="bookings", verb="INSERT", when=_OCCUPIES, refuse=(_PEAK,)),
    Rule(
        name="bookings_update_fits",
        table="bookings",
        verb="UPDATE",
        when=f"""{_OCCUPIES} AND (
  NEW.starts_at < OLD.starts_at OR NEW.occupied_until > OLD.occupied_until OR NEW.gpus > OLD.gpus
  OR NEW.node <> OLD.node OR NEW.pool <> OLD.pool OR OLD.state = 'requested')""",
        refuse=(_PEAK,),
    ),
    Rule(
        name="bookings_update_ends_leases",
        table="bookings",
        verb="UPDATE",
        when="NEW.occupied_until < OLD.occupied_until",
        then="""UPDATE leases SET until = NEW.occupied_until
  WHERE booking = NEW.id AND released IS NULL AND until > NEW.occupied_until""",
    ),
    Rule(
        name="bookings_update_keeps_leases",
        table="bookings",
        verb="UPDATE",
        when="""NEW.id <> OLD.id OR NEW.gpus < OLD.gpus OR NEW.node <> OLD.node
  OR NEW.starts_at > OLD.starts_at OR NEW.state = 'requested'""",
        refuse=(_BOOKING_KEEPS_LEASES,),
    ),
    Rule(
        name="bookings_delete_keeps_leases",
        table="bookings",
        timing="BEFORE",
        verb="DELETE",
        refuse=(_NO_LIVE_LEASE,),
    ),
)

_LEASES = (
    *(
        Rule(
            name=f"leases_{verb.lower()}_fits",
            table="leases",
            verb=verb,
            when="NEW.booking IS NOT NULL AND NEW.released IS NULL",
            refuse=(_LEASE_FITS,),
        )
        for verb in ("INSERT", "UPDATE")
    ),
    Rule(
        name="leases_update_released",
        table="leases",
        timing="BEFORE",
        verb="UPDATE",
        when="OLD.released IS NOT NULL AND NEW.released IS NULL",
        refuse=((ENDED_LEASE, "TRUE"),),
    ),
    Rule(name="lease_gpus_insert_fits", table="lease_gpus", verb="INSERT", refuse=_GPU_FITS),
    Rule(name="lease_gpus_update_fits", table="lease_gpus", verb="UPDATE", when="NEW.live", refuse=_GPU_FITS),
    *(
        Rule(
            name=f"lease_gpus_{verb.lower()}_released",
            table="lease_gpus",
            verb=verb,
            when="NOT NEW.live",
            refuse=(_not_released("NEW"),),
        )
        for verb in ("INSERT", "UPDATE")
    ),
    Rule(
        name="lease_gpus_update_keeps_holder",
        table="lease_gpus",
        timing="BEFORE",
        verb="UPDATE",
        when="OLD.live AND (NOT NEW.live OR NEW.gpu <> OLD.gpu OR NEW.lease <> OLD.lease)",
        refuse=(_not_released("OLD"),),
    ),
    Rule(
        name="lease_gpus_delete_released",
        table="lease_gpus",
        timing="BEFORE",
        verb="DELETE",
        when="OLD.live",
        refuse=((GPU_HELD, "TRUE"),),
    ),
)

_NOT_FORGOTTEN = "NOT EXISTS (SELECT 1 FROM retentions r WHERE r.closed IS NULL AND OLD.at < r.cutoff)"
"""Events go by the way of `maia_hub.store.retention` alone: while a row there is open that reaches so far."""

_APPENDED = tuple(
    Rule(
        name=f"{table}_no_{verb.lower()}",
        table=table,
        timing="BEFORE",
        verb=verb,
        refuse=((message, _NOT_FORGOTTEN if (table, verb) == ("events", "DELETE") else "TRUE"),),
    )
    for table, message in (("events", EVENTS_APPEND_ONLY), ("amendments", AMENDMENTS_APPEND_ONLY))
    for verb in ("UPDATE", "DELETE")
)

_RETENTIONS = (
    Rule(
        name="retentions_update_closes",
        table="retentions",
        timing="BEFORE",
        verb="UPDATE",
        refuse=(
            (
                RETENTIONS_STAY,
                """OLD.closed IS NOT NULL OR NEW.closed IS NULL
  OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.cutoff <> OLD.cutoff""",
            ),
        ),
    ),
    Rule(
        name="retentions_no_delete",
        table="retentions",
        timing="BEFORE",
        verb="DELETE",
        refuse=((RETENTIONS_STAY, "TRUE"),),
    ),
)

_OFFER = (
    (GPU_HELD, "EXISTS (SELECT 1 FROM lease_gpus WHERE gpu = NEW.gpu AND live)"),
    (
        NOT_TO_OFFER,
        """NOT EXISTS (
    SELECT 1 FROM gpus g JOIN nodes n ON n.id = g.node WHERE g.id = NEW.gpu AND n.pool = NEW.pool)""",
    ),
)

_WAITERS = (
    Rule(
        name="waiters_insert_offer",
        table="waiters",
        verb="INSERT",
        when="NEW.gpu IS NOT NULL",
        refuse=_OFFER,
    ),
    Rule(
        name="waiters_update_offer",
        table="waiters",
        verb="UPDATE",
        when="NEW.gpu IS NOT NULL AND (OLD.gpu IS NULL OR NEW.gpu <> OLD.gpu OR NEW.pool <> OLD.pool)",
        refuse=_OFFER,
    ),
)

RULES: tuple[Rule, ...] = (*_BOOKINGS, *_LEASES, *_APPENDED, *_WAITERS, *_RETENTIONS)


def rules_of(tables: Collection[str]) -> list[Rule]:
    """Return the rules of these tables; where there is no table of what was forgotten, no event goes."""
    found = [rule for rule in RULES if rule.table in tables]
    if "retentions" in tables:
        return found
    return [
        replace(
            rule,
            refuse=tuple((told, "TRUE" if when == _NOT_FORGOTTEN else when) for told, when in rule.refuse),
        )
        for rule in found
    ]
