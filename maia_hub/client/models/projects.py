"""Projects, what they may use and what they have taken of it."""

from __future__ import annotations

from typing import Literal

from maia_hub.client.models.base import Answer


class ProjectModel(Answer):
    """A project and the asking user's roles in it; a limit that is null is none.

    ``gpus_now`` are booked at this moment; the hours are GPU-hours of bookings within the present calendar week and
    month in the site's time zone, those to come included. ``products`` are ids of pools or parts of product names.
    """

    name: str
    title: str
    roles: list[Literal["member", "lead", "steward"]]
    gpus: int | None
    hours_per_week: float | None
    hours_per_month: float | None
    products: list[str] | None
    gpus_now: int
    hours_this_week: float
    hours_this_month: float
