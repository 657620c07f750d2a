"""Use cases of classes: look at every date, book them, change who is in which group, cancel, end for all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, BookingState
from maia_hub.core.classes import Class, version_of_class
from maia_hub.core.errors import NotFound
from maia_hub.core.ids import ClassId, UserName
from maia_hub.core.interval import in_words
from maia_hub.core.rosters import read, required
from maia_hub.desk.courses import (
    Belonging,
    ClassPreview,
    ClassView,
    ClassWish,
    class_changed,
    class_facts,
    class_in_hand,
    id_of,
    known_class,
    live_of,
    named,
    people,
    require_lead,
    staff_with,
    tell_user,
    tried_class,
)
from maia_hub.desk.ending import EndingCases
from maia_hub.desk.holding import leases_of, set_until
from maia_hub.desk.people import Actor
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.refusing import missing_of
from maia_hub.desk.regrouping import booked_for_new, gone_of, tried_change
from maia_hub.desk.work import Work


class ClassCases(EndingCases):
    """What teachers do with classes, and what others see of them."""

    def check_class(self, actor: Actor, wish: ClassWish, now: datetime) -> ClassPreview:
        """Say what a class would be, and of every date whether all groups could have it; nothing is booked."""
        require_lead(actor, wish.project)
        groups, faults = read(wish.roster)
        if faults:
            return ClassPreview(tuple(faults), groups)
        with self._rehearse(now) as work:
            _, found = tried_class(work, actor, wish, groups)
            return ClassPreview((), groups, tuple(found))

    def check_change(self, actor: Actor, class_id: ClassId, roster: str, now: datetime) -> ClassPreview:
        """Say what each date to come would be with other groups, to who may change them and to its staff."""
        groups, faults = read(roster)
        with self._rehearse(now) as work:
            course = class_in_hand(work, actor, class_id, look=True)
            if faults:
                return ClassPreview(tuple(faults), groups)
            after = replace(course, groups=named(groups, course))
            close = now + self.closing.saving + self.closing.drain
            return ClassPreview((), groups, tuple(tried_change(work, actor.user, course, after, close)))

    def make_class(self, actor: Actor, wish: ClassWish, now: datetime) -> ClassView:
        """Make a class and book its dates, all of them or those that can be had (leads, administrators)."""
        require_lead(actor, wish.project)
        groups = required(wish.roster)
        with self._write(now) as work:
            made, tried = tried_class(work, actor, wish, groups)
            missing = missing_of(tried, partly=wish.partly, by="for all groups")
            bookings = tuple(booking for each in tried for booking in each.bookings)
            work.record(actor.user, "class.made", made.id, actor.user, after=class_facts(made))
            first = in_words(bookings[0].interval.start)
            for group in made.groups:
                for user in group.members:
                    tell_user(
                        work,
                        user,
                        f"You are in the class {made.name}",
                        f"Group {group.name}, first: {first}.",
                    )
            reclaim(work)
            return ClassView(made, bookings, missing)

    def classes(self, actor: Actor, now: datetime) -> list[ClassView]:
        """Return the classes that the actor looks after, leads or is in; to an administrator all; the newest first."""
        with self._read(now) as work:
            led = [project for project in actor.projects if actor.leads(project)]
            known = {each.id: each for each in work.tx.classes.of_projects(None if actor.admin else led)}
            known |= {each.id: each for each in work.tx.classes.of_person(actor.user)}
            newest = sorted(known.values(), key=lambda each: each.created, reverse=True)
            return [ClassView(each, tuple(work.tx.bookings.of_class(each.id))) for each in newest]

    def class_(self, actor: Actor, class_id: ClassId, now: datetime) -> ClassView:
        """Return a class to whoever is in it, looks after it or leads its project; `NotFound` to others."""
        with self._read(now) as work:
            course = known_class(work, actor, class_id)
            return ClassView(course, tuple(work.tx.bookings.of_class(class_id)))

    def belonging(self, actor: Actor, now: datetime) -> Belonging:
        """Return in which groups of classes the actor is, and which she looks after."""
        with self._read(now) as work:
            own = work.tx.classes.of_person(actor.user)
        mine = [(each, each.group_of(actor.user)) for each in own]
        staff = [each for each in own if each.is_staff(actor.user)]
        return Belonging(
            member_of=frozenset(group.id for _, group in mine if group),
            staff_of=frozenset(group.id for each in staff for group in each.groups),
            classes={group.id: each.id for each in own for group in each.groups},
        )

    def change_class(
        self,
        actor: Actor,
        class_id: ClassId,
        roster: str | None,
        staff: Collection[UserName] | None,
        now: datetime,
        seen: Collection[str] | None = None,
    ) -> ClassView:
        """Let others be in its groups, or look after it.

        A new group gets what the others have from now on. A group that is left out loses what is to come, and who is
        in no group any more, or in another one, gives its GPU back after the usual time to save.
        """
        with self._write(now) as work:
            course = class_in_hand(work, actor, class_id)
            if seen is not None and version_of_class(course) not in seen:
                raise class_changed(course)
            groups = course.groups if roster is None else named(required(roster), course)
            looked_after = course.staff if staff is None else staff_with(course.teacher, staff)
            after = replace(course, groups=groups, staff=looked_after)
            work.tx.classes.put(after, now)
            self._regroup(work, actor, course, after)
            work.record(
                actor.user,
                "class.changed",
                course.id,
                actor.user,
                before=class_facts(course),
                after=class_facts(after),
            )
            reclaim(work)
            return ClassView(after, tuple(work.tx.bookings.of_class(class_id)))

    def cancel_class_date(self, actor: Actor, class_id: ClassId, start: datetime, now: datetime) -> ClassView:
        """Cancel one date for all groups; one that runs ends after the usual time to save."""
        with self._write(now) as work:
            course = class_in_hand(work, actor, class_id)
            found = [b for b in live_of(work, course) if b.interval.start == start]
            if not found:
                raise NotFound(
                    "The class has no such date that is not over.",
                    given=in_words(start),
                    advice="Look at its dates: this one may be cancelled already.",
                )
            self._end_all(work, actor, found, f"{actor.user} cancelled this date of the class")
            facts = {**class_facts(course), "start": start.isoformat()}
            work.record(actor.user, "class.date-cancelled", course.id, actor.user, after=facts)
            for user in people(course):
                tell_user(
                    work, user, f"{course.name}: a date is cancelled", f"{in_words(start)}, by {actor.user}."
                )
            reclaim(work)
            return ClassView(course, tuple(work.tx.bookings.of_class(class_id)))

    def end_class(self, actor: Actor, class_id: ClassId, reason: str, now: datetime) -> ClassView:
        """End a class for all: what runs ends after the usual time to save, what is to come is cancelled."""
        with self._write(now) as work:
            course = class_in_hand(work, actor, class_id)
            ended = replace(course, ended=now)
            self._end_all(work, actor, live_of(work, course), reason or f"{actor.user} ended the class")
            work.tx.classes.put(ended, now)
            work.record(
                actor.user, "class.ended", course.id, actor.user, reason=reason, before=class_facts(course)
            )
            why = f" The reason: {reason}" if reason else ""
            for user in people(course):
                tell_user(
                    work, user, f"{course.name}: the class has ended", f"{actor.user} ended it for all.{why}"
                )
            reclaim(work)
            return ClassView(ended, tuple(work.tx.bookings.of_class(class_id)))

    def _end_all(self, work: Work, actor: Actor, bookings: Sequence[Booking], reason: str) -> None:
        for booking in bookings:
            waits = booking.state is BookingState.CONFIRMED
            self._end(work, actor, booking, BookingEvent.CANCEL if waits else BookingEvent.REVOKE, reason)

    def _regroup(self, work: Work, actor: Actor, before: Class, after: Class) -> None:
        """Let bookings and servers follow: of groups that are new or gone, and of students that changed theirs."""
        live = live_of(work, before)
        gone = gone_of(live, after)
        self._end_all(work, actor, gone, f"{actor.user} removed the group from the class")
        tried = booked_for_new(work, actor.user, before, after, live)
        missing_of(tried, partly=False, by="for all groups")
        for booking in live:
            group = after.group(booking.group)
            for lease in leases_of(work, booking) if group else []:
                if group and lease.user not in group.members:
                    set_until(
                        work,
                        lease,
                        min(booking.interval.end, work.now + self.closing.saving + self.closing.drain),
                    )
        for user in people(after):
            group = after.group_of(user)
            if group is not None and group.id != id_of(before.group_of(user)):
                tell_user(
                    work, user, f"You are in the class {after.name}", f"Group {group.name}, by {actor.user}."
                )
        for user in set(people(before)) - set(people(after)):
            tell_user(work, user, f"You are no longer in the class {before.name}", f"By {actor.user}.")
