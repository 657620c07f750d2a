"""Who is asking, what was used, what was decided."""

from __future__ import annotations

from datetime import datetime

from maia_hub.client.models.base import Answer


class Me(Answer):
    """Who is asking; ``xsrf`` must come back as the header X-XSRFToken on cookie-authenticated changes.

    ``zone`` is the site's time zone, such as Europe/Stockholm.
    """

    user: str
    admin: bool
    groups: list[str]
    now: datetime
    zone: str = "UTC"
    xsrf: str | None = None


class Account(Answer):
    """GPU-hours of a user in a project over a window."""

    user: str
    project: str
    booked: float
    used: float
    idle: float


class AuditEvent(Answer):
    """One decision: who, what, when, why, before and after."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    user: str = ""
    project: str = "default"
    reason: str
    before: dict[str, object] | None
    after: dict[str, object] | None
