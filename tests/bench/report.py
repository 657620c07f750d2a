"""The one line that a measurement prints."""

from __future__ import annotations

import json


def report(name: str, *, value: float, unit: str, ratio: float, against: str = "", **extras: float) -> None:
    """Print one line of JSON: what was measured, its value, and its ratio to what it is measured against."""
    line: dict[str, object] = {"bench": name, "value": _plain(value), "unit": unit, "ratio": _plain(ratio)}
    if against:
        line["against"] = against
    print(json.dumps(line | {key: _plain(extra) for key, extra in extras.items()}))


def _plain(number: float) -> float:
    """Return the number with as many digits as mean something."""
    return float(f"{number:.4g}")
