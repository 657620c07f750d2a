"""Lengths of time given by a user of the kernel API."""

from __future__ import annotations

from datetime import timedelta

from maia_hub.client.times import DURATIONS, parse_duration
from maia_hub.core.errors import InvalidInput

Length = str | timedelta


def seconds(length: Length) -> float:
    """Return ``length`` in seconds; InvalidInput for what is no length or below zero."""
    if isinstance(length, str):
        length = parse_duration(length)
    if not isinstance(length, timedelta) or length < timedelta(0):
        raise InvalidInput(
            f"{length!r} is not a length of time.",
            given=repr(length),
            allowed=DURATIONS,
            advice=f'Give a text ({DURATIONS}) or a timedelta, as in "2min".',
        )
    return length.total_seconds()
