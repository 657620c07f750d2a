"""The one line that a measurement prints."""

from __future__ import annotations

import json


def report(
    name: str, *, value: float, unit: str, against: str, ratio: float, n: int, **extras: float | str
) -> None:
    """Print one line of JSON: what was measured, its value, and its ratio to what it is measured against.

    ``ratio`` is ours divided by the peer's, ``n`` the number of measurements behind ``value``.
    """
    line = {"name": name, "value": value, "unit": unit, "against": against, "ratio": ratio, "n": n, **extras}
    print(json.dumps({key: float(f"{x:.4g}") if isinstance(x, float) else x for key, x in line.items()}))
