"""What a change frees in the calendar, as its record tells: so nothing that frees has to say so twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval

Freed = tuple[NodeId, Interval]
"""A node, and when GPUs of it were freed."""
Facts = Mapping[str, object]

ANYWHERE = ("inventory.changed", "inventory.well", "policy.changed", "quotas.changed")
"""After these more may be had than before, who knows where and when: GPUs are back, rules allow more."""


def freed_by(action: str, before: Facts | None, after: Facts | None, now: datetime) -> list[Freed]:
    """Return what a recorded change of a booking or an outage freed, from now on."""
    if before is None or not action.startswith(("booking.", "outage.")) or "node" not in before:
        return []
    node, was, still = NodeId(str(before["node"])), _taken(before), _taken(after)
    if was is None:
        return []
    if still is None or after is None or after["node"] != node or after["gpus"] != before["gpus"]:
        parts = [(was.start, was.end)]
    else:
        parts = [(was.start, min(was.end, still.start)), (max(was.start, still.end), was.end)]
    return [(node, Interval(max(start, now), end)) for start, end in parts if end > max(start, now)]


def _taken(facts: Facts | None) -> Interval | None:
    """Return over which time what the facts tell of takes GPUs; None if over none."""
    if facts is None:
        return None
    start, end = (datetime.fromisoformat(str(facts[name])) for name in ("start", "end"))
    if facts.get("ended_at") is not None:
        end = min(end, datetime.fromisoformat(str(facts["ended_at"])))
    return Interval(start, end) if end > start else None
