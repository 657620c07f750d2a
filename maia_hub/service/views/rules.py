"""Policies, quotas, and what they would have refused."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from maia_hub.client import models as m
from maia_hub.core.amendments import SITE, Amendment, Kind, Rules
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.projects import Project
from maia_hub.core.rules import Policy
from maia_hub.core.trial import Trial
from maia_hub.service.sites import project_of
from maia_hub.service.views.bookings import BookingViews, refusal
from maia_hub.store.amendments import written

_MOST_EXAMPLES = 50


def rules(given: Rules) -> m.RulesModel:
    """Show all rules, and those that were changed back to what the settings say."""
    in_force = given.in_force
    changed = {(a.kind, a.project) for a in given.amendments}
    own = {*in_force.policies.projects, *(p for kind, p in changed if kind is Kind.POLICY)} - {SITE}
    quotas = {*in_force.projects.known, *(p for kind, p in changed if kind is Kind.QUOTAS)}
    return m.RulesModel.model_validate(
        {
            "policies": [_shown(given, Kind.POLICY, project) for project in (SITE, *sorted(own))],
            "quotas": [_shown(given, Kind.QUOTAS, project) for project in sorted(quotas)],
        }
    )


def _shown(given: Rules, kind: Kind, project: ProjectId) -> dict[str, object]:
    latest, terms = given.latest(kind, project), given.terms(kind, project)
    changed = {"at": latest.at, "by": latest.by, "reason": latest.reason} if latest else None
    return {
        "project": project or None,
        "terms": None if terms is None else written(terms),
        "etag": f'"{given.version(kind, project)}"',
        "changed": changed if latest and latest.terms is not None else None,
    }


def amendment(
    given: m.PolicyChange | m.QuotasChange | m.PolicyTrial | m.QuotasTrial, user: UserName, now: datetime
) -> Amendment:
    """Read a change that is asked for."""
    of_policy = isinstance(given, (m.PolicyChange, m.PolicyTrial))
    return Amendment(
        kind=Kind.POLICY if of_policy else Kind.QUOTAS,
        project=ProjectId(given.project or SITE),
        terms=None if given.terms is None else _terms(given.terms),
        at=now,
        by=user,
        reason=given.reason if isinstance(given, (m.PolicyChange, m.QuotasChange)) else "",
    )


def _terms(given: m.PolicyTerms | m.QuotaTerms) -> Policy | Project:
    if isinstance(given, m.QuotaTerms):
        return project_of(given)
    return Policy(
        name=given.name,
        min_duration=_length(given.min_duration),
        max_duration=_length(given.max_duration),
        max_gpus=given.max_gpus,
        max_bookings=given.max_bookings,
        horizon=_length(given.horizon),
        cooldown=_length(given.cooldown),
        weekly_gpu_hours=given.weekly_gpu_hours,
        no_show_after=_length(given.no_show_after),
        no_show_warning=_length(given.no_show_warning),
        max_extension=_length(given.max_extension),
    )


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def trial(given: Trial, since: datetime, bookings: BookingViews) -> m.TrialModel:
    """Show what rules would have refused."""
    new = [each for each in given.refused if not each.before]
    counted = Counter(name for each in given.refused for name in {r.rule for r in each.refusals})
    return m.TrialModel(
        since=since,
        bookings=given.bookings,
        refused=len(given.refused),
        refused_before=len(given.refused) - len(new),
        rules=dict(counted.most_common()),
        examples=[
            m.TriedModel(
                booking=bookings.one(each.booking),
                refusals=[refusal(r) for r in each.refusals],
                before=each.before,
            )
            for each in new[: -_MOST_EXAMPLES - 1 : -1]
        ],
    )
