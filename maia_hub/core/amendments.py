"""What administrators have changed of the rules that the settings say: a policy, or the quotas of a project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.policy import PolicySet
from maia_hub.core.projects import Project, Projects
from maia_hub.core.rules import Policy

SITE = ProjectId("")
"""In the place of a project: what holds for all that have no policy of their own."""


class Kind(str, Enum):
    """What is changed."""

    POLICY = "policy"
    QUOTAS = "quotas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """From ``at`` on this holds instead of what the settings say; None: what they say. ``id`` is 0 before."""

    kind: Kind
    project: ProjectId
    terms: Policy | Project | None
    at: datetime
    by: UserName
    reason: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say, and what is changed of it: the latest amendment of each kind and project."""

    policies: PolicySet
    projects: Projects
    amendments: tuple[Amendment, ...] = ()

    def latest(self, kind: Kind, project: ProjectId) -> Amendment | None:
        """Return what was changed last of a policy or of quotas, None if nothing was."""
        same = (a for a in self.amendments if (a.kind, a.project) == (kind, project))
        return max(same, key=lambda a: a.id, default=None)

    def version(self, kind: Kind, project: ProjectId) -> str:
        """Return what tells one version of a policy, or of quotas, from the next."""
        latest = self.latest(kind, project)
        return str(latest.id if latest else 0)

    def terms(self, kind: Kind, project: ProjectId) -> Policy | Project | None:
        """Return the policy of a project or of the site, or a project's quotas; None if there are none of its own."""
        if kind is Kind.QUOTAS:
            return self.in_force.projects.known.get(project)
        policies = self.in_force.policies
        return policies.default if project == SITE else policies.projects.get(project)

    @property
    def in_force(self) -> Rules:
        """The rules with all changes in them."""
        return self.amended(self.amendments)

    def amended(self, amendments: Iterable[Amendment]) -> Rules:
        """Return the rules with these changes in them; of each policy and of each quotas one counts."""
        own, quotas, default = dict(self.policies.projects), dict(self.projects.known), self.policies.default
        for each in amendments:
            if isinstance(each.terms, Policy) and each.project == SITE:
                default = each.terms
            elif isinstance(each.terms, Policy):
                own[each.project] = each.terms
            elif isinstance(each.terms, Project):
                quotas[each.project] = each.terms
        policies = replace(self.policies, default=default, projects=own)
        return Rules(policies, replace(self.projects, known=quotas))


def check_policy(policy: Policy) -> None:
    """Raise `InvalidInput` for limits that contradict one another: nothing could be booked."""
    shortest = policy.min_duration or timedelta(0)
    for name, longest in (("max_duration", policy.max_duration), ("horizon", policy.horizon)):
        if longest is not None and longest < shortest:
            raise InvalidInput(
                f"With these rules nothing could be booked: {name} is shorter than min_duration.",
                given=f"{name} {longest}, min_duration {shortest}",
                allowed=f"{name} of at least {shortest}",
                advice="Make one longer or the other shorter.",
            )
