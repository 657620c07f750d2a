"""Templates: wishes to book that one keeps."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Response

from maia_hub.client import models as m
from maia_hub.core.ids import ProjectId
from maia_hub.core.templates import Template
from maia_hub.desk import Actor
from maia_hub.service.context import ActorDep, ContextDep, Now
from maia_hub.service.once import once
from maia_hub.service.routes.bookings import ViewsDep

router = APIRouter(prefix="/templates", tags=["bookings"])


def _products(context: ContextDep, now: Now) -> dict[str, str]:
    return {pool.id: pool.product for pool in context.desk.pools(now)}


ProductsDep = Annotated[dict[str, str], Depends(_products)]


@router.get("")
def templates(context: ContextDep, actor: ActorDep, named: ProductsDep, now: Now) -> list[m.TemplateModel]:
    """Return one's own templates by their names."""
    return [_shown(template, named) for template in context.desk.templates(actor, now)]


@router.post("", status_code=201)
@once
def save_template(
    context: ContextDep, actor: ActorDep, named: ProductsDep, now: Now, request: m.TemplateRequest
) -> m.TemplateModel:
    """Keep a wish to book; one of the same name is replaced."""
    return _shown(context.desk.save_template(actor, _read(request, actor, now), now), named)


@router.post("/{template_id}/book", status_code=201)
@once
def book_template(
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    template_id: UUID,
    request: m.TemplateBooking,
) -> m.BookingModel:
    """Book by a template: on a day, or the next time it can begin."""
    return show.one(context.desk.book_template(actor, template_id, request.on, now))


@router.delete("/{template_id}", status_code=204)
@once
def forget_template(context: ContextDep, actor: ActorDep, now: Now, template_id: UUID) -> Response:
    """Forget a template; what was booked by it stays."""
    context.desk.forget_template(actor, template_id, now)
    return Response(status_code=204)


def _read(request: m.TemplateRequest, actor: Actor, now: datetime) -> Template:
    return Template(
        id=uuid4(),
        user=actor.user,
        name=request.name,
        pool=request.pool,
        gpus=request.gpus,
        length=timedelta(seconds=request.seconds),
        project=None if request.project is None else ProjectId(request.project),
        at=None if request.at is None else time.fromisoformat(request.at),
        zone=request.zone,
        note=request.note,
        created=now,
    )


def _shown(template: Template, products: dict[str, str]) -> m.TemplateModel:
    return m.TemplateModel(
        id=template.id,
        name=template.name,
        pool=template.pool,
        product=products.get(template.pool, template.pool),
        gpus=template.gpus,
        seconds=int(template.length.total_seconds()),
        project=template.project,
        at=None if template.at is None else f"{template.at:%H:%M}",
        zone=template.zone,
        note=template.note,
    )
