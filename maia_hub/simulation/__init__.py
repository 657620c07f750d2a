"""A department that books GPUs for a year: what policies do, before anybody has to live with them.

What may be here: people and what they wish for, drawn by chance from a seed, and a clock that runs their year through
the rules, the calendar and the waiting list of `maia_hub.core`. What never may: a rule of its own, for what it shows
would then be true of nothing; a database, a network, the real time. Standard library only: a notebook can use it.
"""

from maia_hub.simulation.department import LARGE, SMALL, Department
from maia_hub.simulation.measures import Measures, gini, hours_of, measured
from maia_hub.simulation.regimes import REGIMES, Regime
from maia_hub.simulation.wishes import Wish, wishes_of
from maia_hub.simulation.year import Outcome, simulate

__all__ = [
    "LARGE",
    "REGIMES",
    "SMALL",
    "Department",
    "Measures",
    "Outcome",
    "Regime",
    "Wish",
    "gini",
    "hours_of",
    "measured",
    "simulate",
    "wishes_of",
]
