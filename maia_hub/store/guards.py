"""What the database itself refuses, whoever writes to it: triggers for SQLite.

A peak of use lies where a booking or an outage begins, so it is enough to look at the start of the new booking and
at every start within it. The triggers that compare rows fire after the row is written, when its computed column is
known; their ABORT takes the statement back. Moments are compared as text and SQLite compares a text to a number
without a word, so a value in another form is refused first. A row that would be replaced (``INSERT OR REPLACE``)
fires no delete trigger, so that is refused on insert.
"""

from __future__ import annotations

OVERBOOKED = "overbooked"
LEASES_EXCEED_BOOKING = "leases exceed their booking"
GPU_HELD = "the GPU is held by a lease that is not released"
WRONG_NODE = "the GPU is not on the node of its lease"
EVENTS_APPEND_ONLY = "events are append-only"
ENDED_LEASE = "a released lease stays released"
HALF_ENDED = "a booking has an end of its own exactly if it has ended"
NOT_A_COUNT = "not a whole number"
NOT_A_MOMENT = "not a moment in the form YYYY-MM-DD HH:MM:SS.ffffff"

_D = "[0-9]"
_MOMENT = f"{_D * 4}-{_D * 2}-{_D * 2} {_D * 2}:{_D * 2}:{_D * 2}.{_D * 6}"

_PEAK = f"""
  SELECT RAISE(ABORT, '{OVERBOOKED}') WHERE EXISTS (
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
  );
"""

_HELD_BY = """SELECT COUNT(*) FROM lease_gpus g JOIN leases l ON l.id = g.lease
      WHERE g.live AND l.booking = b.id"""

_LEASE_FITS = f"""
  SELECT RAISE(ABORT, '{LEASES_EXCEED_BOOKING}') WHERE NOT EXISTS (
    SELECT 1 FROM bookings b WHERE b.id = NEW.booking AND b.state <> 'requested' AND b.node = NEW.node
      AND NEW.since >= b.starts_at AND NEW.until <= b.occupied_until AND b.gpus >= ({_HELD_BY}));
"""

_GPU_FITS = f"""
  SELECT RAISE(ABORT, '{WRONG_NODE}') WHERE NOT EXISTS (
    SELECT 1 FROM gpus g JOIN leases l ON l.node = g.node WHERE g.id = NEW.gpu AND l.id = NEW.lease);
  SELECT RAISE(ABORT, '{LEASES_EXCEED_BOOKING}') WHERE EXISTS (
    SELECT 1 FROM leases own JOIN bookings b ON b.id = own.booking
    WHERE own.id = NEW.lease AND b.gpus < ({_HELD_BY}));
"""

_GPU_RELEASED = f"""
  SELECT RAISE(ABORT, '{GPU_HELD}') WHERE EXISTS (
    SELECT 1 FROM leases WHERE id = NEW.lease AND released IS NULL);
"""


def _before(table: str, what: str, condition: str, message: str) -> list[str]:
    """Return the triggers that refuse a row of ``table`` when it is written or changed."""
    return [
        f"""CREATE TRIGGER {table}_{verb.lower()}_{what} BEFORE {verb} ON {table} WHEN {condition}
BEGIN SELECT RAISE(ABORT, '{message}'); END"""
        for verb in ("INSERT", "UPDATE")
    ]


def _moments(table: str, *columns: str) -> list[str]:
    wrong = " OR ".join(f"NEW.{c} NOT GLOB '{_MOMENT}'" for c in columns)
    return _before(table, "moments", wrong, NOT_A_MOMENT)


def _count(table: str, column: str) -> list[str]:
    return _before(table, column, f"typeof(NEW.{column}) <> 'integer'", NOT_A_COUNT)


_FORMS = [
    *_moments("bookings", "starts_at", "ends_at", "ended_at"),
    *_moments("outages", "starts_at", "ends_at"),
    *_moments("leases", "since", "until", "released"),
    *_count("bookings", "gpus"),
    *_count("outages", "gpus"),
    *_count("nodes", "capacity"),
    *_before("bookings", "ended", "(NEW.state = 'ended') <> (NEW.ended_at IS NOT NULL)", HALF_ENDED),
]

_BOOKINGS = [
    f"""CREATE TRIGGER bookings_insert_fits AFTER INSERT ON bookings
WHEN NEW.state <> 'requested' AND NEW.occupied_until > NEW.starts_at
BEGIN {_PEAK} END""",
    f"""CREATE TRIGGER bookings_update_fits AFTER UPDATE ON bookings
WHEN NEW.state <> 'requested' AND NEW.occupied_until > NEW.starts_at AND (
  NEW.starts_at < OLD.starts_at OR NEW.occupied_until > OLD.occupied_until OR NEW.gpus > OLD.gpus
  OR NEW.node <> OLD.node OR NEW.pool <> OLD.pool OR OLD.state = 'requested')
BEGIN {_PEAK} END""",
    """CREATE TRIGGER bookings_update_ends_leases AFTER UPDATE ON bookings
WHEN NEW.occupied_until < OLD.occupied_until
BEGIN
  UPDATE leases SET until = NEW.occupied_until
  WHERE booking = NEW.id AND released IS NULL AND until > NEW.occupied_until;
END""",
    f"""CREATE TRIGGER bookings_update_keeps_leases AFTER UPDATE ON bookings
WHEN NEW.id <> OLD.id OR NEW.gpus < OLD.gpus OR NEW.node <> OLD.node OR NEW.starts_at > OLD.starts_at
  OR NEW.state = 'requested'
BEGIN
  SELECT RAISE(ABORT, '{LEASES_EXCEED_BOOKING}') WHERE EXISTS (
    SELECT 1 FROM leases l WHERE l.booking = OLD.id AND l.released IS NULL AND NOT EXISTS (
      SELECT 1 FROM bookings b WHERE b.id = l.booking AND b.state <> 'requested' AND b.node = l.node
        AND b.starts_at <= l.since AND b.gpus >= ({_HELD_BY})));
END""",
    *(
        f"""CREATE TRIGGER bookings_{what}_keeps_leases BEFORE {verb} ON bookings
WHEN EXISTS (SELECT 1 FROM leases WHERE booking = {row}.id AND released IS NULL)
BEGIN SELECT RAISE(ABORT, '{LEASES_EXCEED_BOOKING}'); END"""
        for what, verb, row in (("replace", "INSERT", "NEW"), ("delete", "DELETE", "OLD"))
    ),
]

_LEASES = [
    f"""CREATE TRIGGER leases_insert_fits AFTER INSERT ON leases
WHEN NEW.booking IS NOT NULL AND NEW.released IS NULL
BEGIN {_LEASE_FITS} END""",
    f"""CREATE TRIGGER leases_update_fits AFTER UPDATE ON leases
WHEN NEW.booking IS NOT NULL AND NEW.released IS NULL
BEGIN {_LEASE_FITS} END""",
    f"""CREATE TRIGGER leases_update_released BEFORE UPDATE ON leases
WHEN OLD.released IS NOT NULL AND NEW.released IS NULL
BEGIN SELECT RAISE(ABORT, '{ENDED_LEASE}'); END""",
    f"""CREATE TRIGGER lease_gpus_no_replace BEFORE INSERT ON lease_gpus
WHEN EXISTS (SELECT 1 FROM lease_gpus WHERE live AND gpu = NEW.gpu)
BEGIN SELECT RAISE(ABORT, '{GPU_HELD}'); END""",
    f"CREATE TRIGGER lease_gpus_insert_fits AFTER INSERT ON lease_gpus BEGIN {_GPU_FITS} END",
    f"CREATE TRIGGER lease_gpus_update_fits AFTER UPDATE ON lease_gpus WHEN NEW.live BEGIN {_GPU_FITS} END",
    *(
        f"""CREATE TRIGGER lease_gpus_{verb.lower()}_released AFTER {verb} ON lease_gpus
WHEN NOT NEW.live BEGIN {_GPU_RELEASED} END"""
        for verb in ("INSERT", "UPDATE")
    ),
    f"""CREATE TRIGGER lease_gpus_update_keeps_holder BEFORE UPDATE ON lease_gpus
WHEN OLD.live AND (NOT NEW.live OR NEW.gpu <> OLD.gpu OR NEW.lease <> OLD.lease)
BEGIN
  SELECT RAISE(ABORT, '{GPU_HELD}') WHERE EXISTS (
    SELECT 1 FROM leases WHERE id = OLD.lease AND released IS NULL);
END""",
    f"""CREATE TRIGGER lease_gpus_delete_released BEFORE DELETE ON lease_gpus WHEN OLD.live
BEGIN SELECT RAISE(ABORT, '{GPU_HELD}'); END""",
]

_EVENTS = [
    f"""CREATE TRIGGER events_no_replace BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, '{EVENTS_APPEND_ONLY}'); END""",
    f"""CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, '{EVENTS_APPEND_ONLY}'); END""",
    f"""CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, '{EVENTS_APPEND_ONLY}'); END""",
]

SQLITE: tuple[str, ...] = (*_FORMS, *_BOOKINGS, *_LEASES, *_EVENTS)
