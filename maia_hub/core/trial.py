"""What rules would have said to the bookings that were made: each is asked again as it was when it was made.

A booking that was moved or extended since is asked for as it is now; roles, which nobody wrote down, give no policy of
their own; and whether GPUs were free is not asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from maia_hub.core.amendments import Rules
from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.ids import PoolId, ProjectId, UserName
from maia_hub.core.policy import CLASS, broken
from maia_hub.core.quotas import Standing, since
from maia_hub.core.rules import Refusal, Request


@dataclass(frozen=True, slots=True)
class Tried:
    """A booking that rules would have refused, and why; ``before``: those in force would have, too."""

    booking: Booking
    refusals: tuple[Refusal, ...]
    before: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """How many bookings were asked again, and which of them would have been refused, in the order they were made."""

    bookings: int
    refused: tuple[Tried, ...]


def tried(
    proposed: Rules,
    in_force: Rules,
    known: Sequence[Booking],
    products: Mapping[PoolId, str],
    made_since: datetime,
) -> Trial:
    """Ask the rules about every booking of ``known`` that was made since then; the others are its history."""
    history = _History(known)
    made = sorted((b for b in known if b.created >= made_since), key=_order)
    refused = []
    for booking in made:
        found = _asked(proposed, booking, history, products)
        if found:
            before = bool(_asked(in_force, booking, history, products))
            refused.append(Tried(booking, tuple(found), before))
    return Trial(len(made), tuple(refused))


class _History:
    """Bookings by whose they are and what for, as they were at some moment."""

    def __init__(self, known: Iterable[Booking]) -> None:
        self._of_user: dict[UserName, list[Booking]] = defaultdict(list)
        self._of_project: dict[ProjectId, list[Booking]] = defaultdict(list)
        for booking in known:
            self._of_user[booking.user].append(booking)
            self._of_project[booking.project].append(booking)

    def of_user(self, booking: Booking) -> list[Booking]:
        """Return what its user had booked when it was made."""
        return [as_of(b, booking.created) for b in self._of_user[booking.user] if _order(b) < _order(booking)]

    def of_project(self, booking: Booking, first: datetime) -> list[Booking]:
        """Return what its project had booked when it was made, but what was over by ``first``."""
        found = (b for b in self._of_project[booking.project] if _order(b) < _order(booking))
        then = (as_of(b, booking.created) for b in found)
        return [b for b in then if b.occupied is not None and b.occupied.end > first]


def as_of(booking: Booking, at: datetime) -> Booking:
    """Return a booking as it stood at a moment after it was made."""
    used = booking.first_used if booking.first_used is not None and booking.first_used <= at else None
    if booking.ended_at is not None and booking.ended_at <= at:
        return booking
    state = BookingState.CONFIRMED if used is None else BookingState.ACTIVE
    return replace(booking, state=state, cause=None, ended_at=None, first_used=used)


def _order(booking: Booking) -> tuple[datetime, str]:
    return booking.created, str(booking.id)


def _asked(
    rules: Rules, booking: Booking, history: _History, products: Mapping[PoolId, str]
) -> list[Refusal]:
    request = Request(booking.user, booking.project, booking.pool, booking.gpus, booking.interval)
    policy = CLASS if booking.group else rules.policies.choose(booking.project)
    project = rules.projects.get(booking.project)
    standing = None
    if project.limited:
        first = min(booking.interval.start, booking.created)
        zone = rules.projects.zone
        standing = Standing(
            name=booking.project,
            project=project,
            others=history.of_project(booking, since(first, zone) if project.counts_hours else first),
            product=products.get(booking.pool, ""),
            zone=zone,
        )
    return broken(policy, request, history.of_user(booking), booking.created, standing)
