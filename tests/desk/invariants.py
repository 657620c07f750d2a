"""What must be true of a database whoever wrote to it, asked by SQL that shares nothing with the program."""

from __future__ import annotations

from datetime import datetime

from tests.store.raw import Raw

_TAKEN = """
WITH taken AS MATERIALIZED (
  SELECT node, gpus, starts_at, CASE WHEN ended_at < ends_at THEN ended_at ELSE ends_at END AS until
  FROM bookings WHERE state <> 'requested' AND ends_at > ?)
"""
_PEAK = f"""{_TAKEN}, steps AS (
  SELECT node, starts_at AS moment, gpus AS change FROM taken WHERE until > starts_at
  UNION ALL SELECT node, until, -gpus FROM taken WHERE until > starts_at)
SELECT COALESCE(MAX(used), 0) FROM (
  SELECT SUM(change) OVER (PARTITION BY node ORDER BY moment, change ROWS UNBOUNDED PRECEDING) AS used
  FROM steps) AS run
"""
_UNWARNED = f"""{_TAKEN}, moments AS (
  SELECT node, starts_at AS moment FROM taken WHERE starts_at >= ?
  UNION SELECT node, starts_at FROM outages WHERE starts_at >= ?)
SELECT COUNT(*) FROM moments AS m JOIN nodes AS n ON n.id = m.node
WHERE EXISTS (SELECT 1 FROM taken AS t WHERE t.node = m.node AND t.starts_at <= m.moment AND t.until > m.moment)
  AND n.capacity
    < (SELECT COALESCE(SUM(t.gpus), 0) FROM taken AS t
         WHERE t.node = m.node AND t.starts_at <= m.moment AND t.until > m.moment)
    + (SELECT COALESCE(SUM(o.gpus), 0) FROM outages AS o
         WHERE o.node = m.node AND o.starts_at <= m.moment AND o.ends_at > m.moment)
  AND NOT EXISTS (
    SELECT 1 FROM endangered AS e JOIN bookings AS b ON b.id = e.booking
    WHERE b.node = m.node AND b.starts_at <= m.moment AND b.ends_at > m.moment)
"""
_BY_THE_RULES = "substr(replace(CAST(id AS TEXT), '-', ''), 13, 1) <> '5'"
"""What went past the rules has an id made of a name (version 5)."""

NEVER = {
    "two bookings bear one key": """
      SELECT COUNT(*) FROM (SELECT note FROM bookings WHERE substr(note, 1, 5) = 'book:'
        GROUP BY note HAVING COUNT(*) > 1) AS twice""",
    "two wishes bear one key": """
      SELECT COUNT(*) FROM (SELECT note FROM wishes GROUP BY note HAVING COUNT(*) > 1) AS twice""",
    "a series has more bookings than its answer says": """
      SELECT COUNT(*) FROM (
        SELECT a.key FROM answers AS a JOIN bookings AS b ON b.note = a.key WHERE substr(a.key, 1, 7) = 'repeat:'
        GROUP BY a.key, a.content HAVING COUNT(*) > CAST(a.content AS INTEGER)) AS more""",
    "a booking was made and its key not answered": """
      SELECT COUNT(*) FROM bookings AS b WHERE b.note <> ''
        AND NOT EXISTS (SELECT 1 FROM answers AS a WHERE a.key = b.note)""",
    "one booking serves two wishes": "SELECT COUNT(booking) - COUNT(DISTINCT booking) FROM wishes",
    "a wish got a booking that was not noted": """
      SELECT COUNT(*) FROM wishes AS w WHERE w.booking IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM bookings AS b WHERE b.id = w.booking AND b.note IN (w.note, ''))""",
    "a booking was confirmed twice": """
      SELECT COUNT(*) - COUNT(DISTINCT subject) FROM events WHERE action = 'booking.confirmed'""",
    "bookings were made that the audit log does not know, or it knows others": f"""
      SELECT ABS((SELECT COUNT(*) FROM bookings WHERE {_BY_THE_RULES})
        - (SELECT COUNT(*) FROM events WHERE action = 'booking.confirmed'))""",
}
"""What is counted must be none."""


def peak(db: Raw, since: datetime) -> int:
    """Return the most GPUs of one node that are booked at one moment, by bookings that end after ``since``."""
    return db.count(_PEAK, _text(since))


def unwarned(db: Raw, since: datetime) -> int:
    """Count the moments from then on at which a node has fewer GPUs than are booked, and nobody is warned."""
    return db.count(_UNWARNED, *[_text(since)] * 3)


def broken(db: Raw) -> dict[str, int]:
    """Return what is not true of the database, and how often."""
    counted = {what: db.count(query) for what, query in NEVER.items()}
    return {what: count for what, count in counted.items() if count}


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"
