"""Everybody's calendar."""

from __future__ import annotations

from datetime import datetime

from maia_hub.client.models.base import Answer
from maia_hub.client.models.bookings import BookingModel
from maia_hub.client.models.gpus import OutageModel, PoolModel


class FreePoint(Answer):
    """From ``at`` on, ``free`` GPUs of the pool are free."""

    at: datetime
    free: int


class PoolCalendar(Answer):
    """One pool over the asked interval."""

    pool: PoolModel
    bookings: list[BookingModel]
    outages: list[OutageModel]
    profile: list[FreePoint]


class CalendarModel(Answer):
    """All pools over [start, end)."""

    now: datetime
    start: datetime
    end: datetime
    pools: list[PoolCalendar]
