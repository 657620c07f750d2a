"""What a site may do about GPUs that more people want than there are: rules, and an order of waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from maia_hub.core.policy import PRESETS, Policy
from maia_hub.core.waitlist import Waiting


@dataclass(frozen=True, slots=True)
class Regime:
    """Rules for bookings, None for none at all, and how the waiting list is run."""

    name: str
    policy: Policy | None
    waiting: Waiting


FAIR = Waiting()
BY_ARRIVAL = Waiting(patience=timedelta(0))
"""Who has waited for the patience goes first, the longest wait first: here everybody."""

REGIMES = (
    Regime("classic", PRESETS["classic"], FAIR),
    Regime("open", PRESETS["open"], FAIR),
    Regime("open, by arrival", PRESETS["open"], BY_ARRIVAL),
    Regime("first-come", None, BY_ARRIVAL),
)
"""The two policies that MAIA Hub brings, one without the fair order of its waiting list, and no rules at all."""
