"""What the database itself refuses, whoever writes to it: triggers for SQLite.

A peak of use lies where a booking or an outage begins, so it is enough to look at the start of the new booking and
at every start within it. The triggers fire after the row is written, when its computed column is known; their
ABORT takes the statement back.
"""

from __future__ import annotations

OVERBOOKED = "overbooked"
LEASES_EXCEED_BOOKING = "leases exceed their booking"
EVENTS_APPEND_ONLY = "events are append-only"

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
        > (SELECT n.capacity FROM nodes n WHERE n.id = NEW.node)
  );
"""

SQLITE: tuple[str, ...] = (
    f"""CREATE TRIGGER bookings_insert_fits AFTER INSERT ON bookings
WHEN NEW.state <> 'requested' AND NEW.occupied_until > NEW.starts_at
BEGIN {_PEAK} END""",
    f"""CREATE TRIGGER bookings_update_fits AFTER UPDATE ON bookings
WHEN NEW.state <> 'requested' AND NEW.occupied_until > NEW.starts_at AND (
  NEW.starts_at < OLD.starts_at OR NEW.occupied_until > OLD.occupied_until OR NEW.gpus > OLD.gpus
  OR NEW.node <> OLD.node OR OLD.state = 'requested')
BEGIN {_PEAK} END""",
    f"""CREATE TRIGGER lease_gpus_within_booking AFTER INSERT ON lease_gpus
BEGIN
  SELECT RAISE(ABORT, '{LEASES_EXCEED_BOOKING}') WHERE EXISTS (
    SELECT 1 FROM leases l JOIN bookings b ON b.id = l.booking
    WHERE l.id = NEW.lease AND b.gpus < (
      SELECT COUNT(*) FROM lease_gpus g JOIN leases other ON other.id = g.lease
      WHERE g.live AND other.booking = b.id));
END""",
    f"""CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, '{EVENTS_APPEND_ONLY}'); END""",
    f"""CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, '{EVENTS_APPEND_ONLY}'); END""",
)
