"""Whom a booking concerns: its owner, or all who are in a group of a class and who look after it."""

from __future__ import annotations

from dataclasses import replace

from maia_hub.core.bookings import Booking
from maia_hub.core.errors import Forbidden
from maia_hub.core.ids import UserName
from maia_hub.core.policy import CLASS, Policy
from maia_hub.desk.people import Actor, require_hand_in
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice


def users(work: Work, booking: Booking) -> tuple[UserName, ...]:
    """Return who may use a booking."""
    if booking.group is None:
        return (booking.user,)
    course = work.tx.classes.of_group(booking.group)
    group = course.group(booking.group) if course else None
    return group.members if group else ()


def tell(work: Work, booking: Booking, notice: Notice) -> int:
    """Tell whoever has a booking, and who looks after it; return the number of the notice, of a group's the first."""
    course = work.tx.classes.of_group(booking.group) if booking.group else None
    if course is None:
        return work.tx.notices.add(notice, beside=True)
    people = dict.fromkeys((course.teacher, *course.staff, *users(work, booking)))
    told = replace(notice, title=f"{course.name}: {notice.title[:1].lower()}{notice.title[1:]}"[:200])
    return min(work.tx.notices.add(replace(told, user=user), beside=True) for user in people)


def untell(work: Work, booking: Booking, number: int) -> None:
    """Take a notice back from whoever was told."""
    if booking.group is None:
        work.tx.notices.dismiss(booking.user, number)
    else:
        work.tx.notices.dismiss_copies(number)


def policy_of(work: Work, booking: Booking) -> Policy:
    """Return the rules that a booking lives by."""
    return CLASS if booking.group else work.in_force.policies.choose(booking.project)


def require_hand(work: Work, booking: Booking, actor: Actor) -> None:
    """Raise `Forbidden` unless the booking is the actor's own, of a project that she leads, or of a class of hers."""
    if booking.group is None or actor.leads(booking.project):
        require_hand_in(booking, actor)
        return
    course = work.tx.classes.of_group(booking.group)
    if course is None or not actor.portal or not course.is_staff(actor.user):
        raise Forbidden(
            "This booking is of a class: only who teaches it may change it, in the portal.",
            given=str(booking.id),
            allowed="who teaches the class, or leads its project, signed in to the portal",
            advice=f"Ask {course.teacher}." if course else "Ask a lead of the project.",
        )
