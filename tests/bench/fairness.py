"""How evenly GPUs are shared over a year, and at what price: ``python -m tests.bench.fairness``.

A department of 500 people with 64 GPUs of three products is simulated (`maia_hub.simulation`): few use much, many
little, students come in terms, before conferences everybody wants more. The engine itself decides, and all regimes
get the same wishes. ``value``: the Gini coefficient of the GPU-hours that people used under the policy `open` with the
fair order of the waiting list; ``ratio``: to that without any rule, where who came first goes first. The table before
it, and the extra keys, show the other regimes and what else there is to know.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import astuple, fields
from typing import Any

from maia_hub.simulation import LARGE, REGIMES, SMALL, Measures, measured, simulate, wishes_of
from tests.bench.report import report

PEER, OURS = "first-come", "open"
HEADINGS = [field.name for field in fields(Measures)]


def line(name: str, values: list[Any]) -> str:
    """Return a line of the table."""
    cells = [f"{value:.3f}" if isinstance(value, float) else str(value) for value in values]
    return f"{name:<18}" + "".join(
        f"{cell:>{len(heading) + 3}}" for cell, heading in zip(cells, HEADINGS, strict=True)
    )


def main() -> None:
    """Simulate, print the table and one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another department by chance [1]")
    parser.add_argument("--small", action="store_true", help="60 people with eight GPUs, in seconds")
    arguments = parser.parse_args()
    department = SMALL if arguments.small else LARGE
    wishes = wishes_of(department, arguments.seed)
    print(line("", list(HEADINGS)))
    found: dict[str, Measures] = {}
    before = time.perf_counter()
    for regime in REGIMES:
        found[regime.name] = measured(department, simulate(department, regime, wishes))
        print(line(regime.name, list(astuple(found[regime.name]))), flush=True)
    extras: dict[str, float | str] = {"wishes": len(wishes), "seed": arguments.seed}
    for name, measures in found.items():
        prefix = name.replace(", ", "_").replace(" ", "_").replace("-", "_")
        extras |= {f"{prefix}_{key}": getattr(measures, key) for key in HEADINGS if key != "wishes"}
    report(
        "fairness",
        value=found[OURS].gini,
        unit="gini",
        against="first come, first served, without rules",
        ratio=found[OURS].gini / found[PEER].gini,
        n=department.people,
        simulated_s=time.perf_counter() - before,
        **extras,
    )


if __name__ == "__main__":
    main()
