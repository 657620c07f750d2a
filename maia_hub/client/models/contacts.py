"""Notices outside of JupyterLab: where one is told, and about what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from maia_hub.client.models.base import Answer, Request

TopicName = Literal["booked", "changed", "begun", "ending", "ended", "server", "offered"]


class TopicModel(Answer):
    """Something that one can be told of, and what it is in words."""

    topic: TopicName
    text: str


class ContactModel(Answer):
    """Where the asking user is told, and about what.

    ``available`` is false where the site sends no e-mail. ``pending`` is an address to which a code was sent that has
    not come back. ``lead`` is in seconds before the end, one of ``leads`` or between; times are written in ``zone``.
    ``problem`` is why the last message was not taken, empty if it was. ``hook`` is as much of the webhook of one's
    channel as may be shown, ``hook_problem`` the same of it; it lies on one of ``hook_hosts``.
    """

    available: bool
    address: str
    confirmed: datetime | None
    pending: str
    topics: list[TopicName]
    lead: float
    zone: str
    problem: str
    problem_since: datetime | None
    hook: str = ""
    hook_problem: str = ""
    hook_hosts: list[str] = Field(default_factory=list)
    choices: list[TopicModel]
    leads: list[float]


class ContactChange(Request):
    """Choose; what is left out stays."""

    topics: Annotated[list[TopicName], Field(max_length=20)] | None = None
    lead: Annotated[float, Field(ge=0, le=1e7)] | None = None
    zone: Annotated[str, Field(max_length=63)] | None = None


class AddressRequest(Request):
    """Have a code sent to an e-mail address."""

    address: Annotated[str, Field(max_length=254)]


class ConfirmRequest(Request):
    """The code that came."""

    code: Annotated[str, Field(max_length=40)]


class HookRequest(Request):
    """The webhook of a channel, as the other program shows it; empty: none any more."""

    url: Annotated[str, Field(max_length=2000, repr=False)]
