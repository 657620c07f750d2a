"""Notices outside of JupyterLab: where one is told, about what, and whether it arrives."""

from __future__ import annotations

import secrets
from datetime import timedelta

from fastapi import APIRouter, Response

from maia_hub.client import models as m
from maia_hub.core.errors import Conflict
from maia_hub.core.notifying import LEADS, TOPICS, Contact, Topic
from maia_hub.outward.hooks import masked, opened
from maia_hub.service.context import ActorDep, Context, ContextDep, Now
from maia_hub.service.once import once
from maia_hub.service.people import digest

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE = 8
"""Letters of a code: 40 bits, of which somebody may guess five times."""

router = APIRouter(prefix="/contact", tags=["people"])


@router.get("")
def contact(context: ContextDep, actor: ActorDep, now: Now) -> m.ContactModel:
    """Return where one is told, about what, and what else one could be told."""
    return _shown(context, context.desk.contact(actor, now))


@router.patch("")
def choose(context: ContextDep, actor: ActorDep, now: Now, request: m.ContactChange) -> m.ContactModel:
    """Choose what one is told, how long before the end, and in which zone times are written."""
    topics = None if request.topics is None else [Topic(name) for name in request.topics]
    lead = None if request.lead is None else timedelta(seconds=request.lead)
    chosen = context.desk.choose_notices(actor, now, topics=topics, lead=lead, zone=request.zone)
    return _shown(context, chosen)


@router.post("/address")
def give(context: ContextDep, actor: ActorDep, now: Now, request: m.AddressRequest) -> m.ContactModel:
    """Have a code sent to an e-mail address; one is told there once the code has come back."""
    _need_mail(context)
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE))
    given = context.desk.give_address(actor, request.address, code, digest(code), now, context.settings.home)
    return _shown(context, given)


@router.post("/confirm")
def confirm(context: ContextDep, actor: ActorDep, now: Now, request: m.ConfirmRequest) -> m.ContactModel:
    """Enter the code that came: from now on one is told there."""
    code = "".join(request.code.split()).upper()
    return _shown(context, context.desk.confirm_address(actor, digest(code), now, context.settings.home))


@router.post("/hook")
def hook(context: ContextDep, actor: ActorDep, now: Now, request: m.HookRequest) -> m.ContactModel:
    """Name the webhook of a channel in which one is told, too; an empty one ends that."""
    if request.url:
        opened(request.url, context.settings.webhook_hosts)
    return _shown(context, context.desk.give_hook(actor, request.url, now))


@router.post("/test", status_code=204)
@once
def test(context: ContextDep, actor: ActorDep, now: Now) -> Response:
    """Have a test sent to oneself."""
    if not context.settings.webhook_hosts:
        _need_mail(context)
    context.desk.send_test(actor, now, context.settings.home)
    return Response(status_code=204)


@router.delete("", status_code=204)
@once
def forget(context: ContextDep, actor: ActorDep, now: Now) -> Response:
    """Have one's address and choice forgotten: nothing is sent any more."""
    context.desk.forget_contact(actor, now)
    return Response(status_code=204)


def _need_mail(context: Context) -> None:
    if not context.settings.mail:
        raise Conflict(
            "This hub sends no e-mail.",
            advice="Ask the administrator: it needs a mail server in its settings.",
        )


def _shown(context: Context, contact: Contact) -> m.ContactModel:
    return m.ContactModel.model_validate(
        {
            "available": context.settings.mail,
            "address": contact.address,
            "confirmed": contact.confirmed,
            "pending": contact.pending,
            "topics": [topic.value for topic in Topic if topic in contact.topics],
            "lead": contact.lead.total_seconds(),
            "zone": contact.zone,
            "problem": contact.problem,
            "problem_since": contact.problem_since,
            "hook": masked(contact.hook) if contact.hook else "",
            "hook_problem": contact.hook_problem,
            "hook_hosts": list(context.settings.webhook_hosts),
            "choices": [{"topic": topic.value, "text": text} for topic, text in TOPICS.items()],
            "leads": [lead.total_seconds() for lead in LEADS],
        }
    )
