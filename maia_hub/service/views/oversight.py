"""What was decided, and who used how much."""

from __future__ import annotations

from maia_hub.client import models as m
from maia_hub.core.accounting import Account
from maia_hub.desk import Event


def account(line: Account) -> m.Account:
    """Show the GPU-hours of a user."""
    return m.Account(user=line.user, project=line.project, booked=line.booked, used=line.used, idle=line.idle)


def audit_event(event: Event) -> m.AuditEvent:
    """Show a decision."""
    return m.AuditEvent(
        id=event.id,
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        user=event.user,
        project=event.project,
        reason=event.reason,
        before=dict(event.before) if event.before is not None else None,
        after=dict(event.after) if event.after is not None else None,
    )
