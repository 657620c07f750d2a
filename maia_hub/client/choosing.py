"""What a person means by a part of a name: which kind of GPU, which booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone, tzinfo

from maia_hub.client.models import BookingModel, PoolModel
from maia_hub.client.times import tell_duration, tell_time
from maia_hub.core.errors import Conflict, InvalidInput, NotFound

SHORT = 8
"""Characters of a booking's id that are shown, and suffice to name it."""


def choose_pool(pools: Sequence[PoolModel], name: str | None) -> PoolModel:
    """Return the pool that ``name`` means: its id, or a part of its product's name; the only one for None."""
    allowed = sorted({pool.product for pool in pools})
    wanted = (name or "").strip().casefold()
    found = [pool for pool in pools if wanted in (pool.id.casefold(), pool.product.casefold())]
    found = found or [pool for pool in pools if wanted in pool.product.casefold()]
    if len(found) == 1:
        return found[0]
    if not pools:
        raise NotFound("There is no GPU to book here.", advice="Ask the administrator.")
    advice = f"Choose one with --product, such as --product {_quoted(allowed[0])}."
    if name is None:
        raise InvalidInput("There are several kinds of GPU.", allowed=allowed, advice=advice)
    told = (
        f"No GPU is called {name[:60]!r}." if not found else f"{name[:60]!r} could be several kinds of GPU."
    )
    raise InvalidInput(told, given=name[:60], allowed=allowed, advice=advice)


def choose_booking(
    bookings: Sequence[BookingModel],
    given: str | None,
    action: str,
    zone: tzinfo,
    now: datetime,
    word: str | None = None,
) -> BookingModel:
    """Return the booking whose id begins with ``given``; for None the one that allows ``action``.

    If several do, the only one that has begun is meant. ``word`` is what the action is called, if not by its name.
    """
    word = word or action
    listed = [f"{str(b.id)[:SHORT]} ({told_span(b, zone=zone, now=now)})" for b in bookings]
    able = [booking for booking in bookings if action in booking.may]
    able = [booking for booking in able if booking.start <= now] or able
    if given is None:
        if len(able) == 1:
            return able[0]
        if not able:
            raise Conflict(f"You have no booking to {word}.", advice="See your bookings: maia bookings")
        advice = f"Say which one by the first characters of its id, such as {str(able[0].id)[:SHORT]}."
        raise InvalidInput(f"You have several bookings to {word}.", allowed=listed, advice=advice)
    found = [booking for booking in bookings if given and str(booking.id).startswith(given.lower())]
    if len(found) != 1:
        told = "None of your bookings has" if not found else "Several of your bookings have"
        raise NotFound(
            f"{told} an id that begins with {given[:40]!r}.", given=given[:40], allowed=listed or "none"
        )
    return found[0]


def told_span(booking: BookingModel, *, zone: tzinfo, now: datetime | None = None) -> str:
    """Say when a booking is: ``tomorrow 09:00 - 11:00 (2 h)``."""
    now = now or datetime.now(timezone.utc)
    start, end = (tell_time(at, now=now, zone=zone) for at in (booking.start, booking.end))
    if booking.start.astimezone(zone).date() == booking.end.astimezone(zone).date():
        end = end.rsplit(" ", 1)[-1]
    return f"{start} - {end} ({tell_duration(booking.end - booking.start)})"


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
