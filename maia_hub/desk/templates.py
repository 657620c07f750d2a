"""Use cases of templates: keep a wish to book, book by it, forget it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from maia_hub.core.bookings import Booking
from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from maia_hub.core.interval import Interval, zone_called
from maia_hub.core.projects import meant, require_member
from maia_hub.core.templates import Template, interval_of
from maia_hub.desk.asking import pool_meant
from maia_hub.desk.booking import BookingCases
from maia_hub.desk.people import Actor
from maia_hub.desk.refusing import check_gpus
from maia_hub.desk.values import Asked
from maia_hub.desk.work import Work

MOST = 50
"""Templates of one user."""


class TemplateCases(BookingCases):
    """What people do with templates."""

    def templates(self, actor: Actor, now: datetime) -> list[Template]:
        """Return the actor's templates by their names."""
        with self._read(now) as work:
            return work.tx.templates.of_user(actor.user)

    def save_template(self, actor: Actor, template: Template, now: datetime) -> Template:
        """Keep a template; one of the same name is replaced. What could never be booked is refused."""
        zone_called(template.zone)
        if not template.name.strip():
            raise InvalidInput("A template needs a name.", advice="Give it one.")
        if template.project is not None:
            require_member(actor.projects, template.project)
        with self._write(now) as work:
            asked = Asked(interval=Interval(now, now + template.length), pool=template.pool)
            pool = pool_meant(work, asked, None)
            check_gpus(template.gpus, pool)
            mine = work.tx.templates.of_user(actor.user)
            same = next((each for each in mine if each.name == template.name), None)
            if same is None and len(mine) >= MOST:
                raise Conflict(
                    "You have as many templates as there can be.",
                    given=len(mine) + 1,
                    allowed=f"at most {MOST}",
                    advice="Remove one that you do not need.",
                )
            kept = replace(template, user=actor.user)
            kept = kept if same is None else replace(kept, id=same.id, created=same.created)
            work.tx.templates.put(kept)
            return kept

    def book_template(self, actor: Actor, template_id: UUID, on: date | None, now: datetime) -> Booking:
        """Book by a template: on a day, or the next time it can begin; refused like any other booking."""
        with self._write(now) as work:
            template = _own(work, actor, template_id)
            asked = Asked(
                interval=interval_of(template, on, now),
                gpus=template.gpus,
                pool=template.pool,
                project=meant(actor.projects, template.project),
                note=template.note,
            )
            return self._book(work, actor, asked)

    def forget_template(self, actor: Actor, template_id: UUID, now: datetime) -> None:
        """Forget a template; what was booked by it stays."""
        with self._write(now) as work:
            work.tx.templates.delete(_own(work, actor, template_id).id)


def _own(work: Work, actor: Actor, template_id: UUID) -> Template:
    found = work.tx.templates.get(template_id)
    if found is None or found.user != actor.user:
        raise NotFound(
            "You have no such template.",
            given=str(template_id),
            allowed=[each.name for each in work.tx.templates.of_user(actor.user)],
            advice="Choose one of yours.",
        )
    return found
