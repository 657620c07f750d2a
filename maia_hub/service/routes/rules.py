"""For administrators in the portal: the rules for bookings, tried before they hold."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter

from maia_hub.client import models as m
from maia_hub.service import views
from maia_hub.service.context import AdminDep, Context, ContextDep, Now
from maia_hub.service.matching import Match, versions
from maia_hub.service.once import once

router = APIRouter(prefix="/admin/rules", tags=["administration"])


@router.get("")
def rules(context: ContextDep, admin: AdminDep, now: Now) -> m.RulesModel:
    """Return all policies and quotas, and who changed them."""
    return views.rules(context.desk.rules(admin, now))


@router.put("/policy")
@once
def change_policy(
    context: ContextDep, admin: AdminDep, now: Now, request: m.PolicyChange, if_match: Match = None
) -> m.RulesModel:
    """Let another policy hold from now on, for the site or for a project; what is booked already stays."""
    return _changed(context, admin, now, request, if_match)


@router.put("/quotas")
@once
def change_quotas(
    context: ContextDep, admin: AdminDep, now: Now, request: m.QuotasChange, if_match: Match = None
) -> m.RulesModel:
    """Let other quotas of a project hold from now on; what is booked already stays."""
    return _changed(context, admin, now, request, if_match)


@router.post("/policy/try")
def try_policy(context: ContextDep, admin: AdminDep, now: Now, request: m.PolicyTrial) -> m.TrialModel:
    """Say what a policy would have refused of the bookings that were made; nothing is changed."""
    return _tried(context, admin, now, request)


@router.post("/quotas/try")
def try_quotas(context: ContextDep, admin: AdminDep, now: Now, request: m.QuotasTrial) -> m.TrialModel:
    """Say what quotas would have refused of the bookings that were made; nothing is changed."""
    return _tried(context, admin, now, request)


def _changed(
    context: Context, admin: AdminDep, now: Now, request: m.PolicyChange | m.QuotasChange, match: str | None
) -> m.RulesModel:
    amendment = views.amendment(request, admin.user, now)
    return views.rules(context.desk.amend(admin, amendment, now, versions(match)))


def _tried(
    context: Context, admin: AdminDep, now: Now, request: m.PolicyTrial | m.QuotasTrial
) -> m.TrialModel:
    found = context.desk.try_out(admin, views.amendment(request, admin.user, now), request.days, now)
    shown = views.BookingViews(admin, context.desk.pools(now), now)
    return views.trial(found, now - timedelta(days=request.days), shown)
