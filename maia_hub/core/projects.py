"""Projects: who is in which, told by the groups of the hub, and what a site lets a project use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timezone, tzinfo
from enum import Enum

from maia_hub.core.errors import Forbidden, InvalidInput
from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId

PLACE = "{project}"
"""Where the project's name stands in the pattern of a group's name."""
NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
"""How projects are called."""


class Role(str, Enum):
    """What somebody is in a project: whoever is anything in it is a member, too."""

    MEMBER = "member"
    LEAD = "lead"
    STEWARD = "steward"


Memberships = Mapping[ProjectId, frozenset[Role]]
"""The projects of one person, and what she is in each."""


def in_default() -> Memberships:
    """Return the projects of somebody who is in no other than the default one."""
    return {DEFAULT_PROJECT: frozenset({Role.MEMBER})}


@dataclass(frozen=True, slots=True)
class Naming:
    """How groups are called: a pattern for each role, with ``{project}`` in it once.

    A group that fits two patterns, as ``vision-lead`` fits ``{project}`` and ``{project}-lead``, has the role that is
    not the mere member's. A project is called by 1 to 63 letters, digits, dots, hyphens and underscores; it begins
    and ends with a letter or a digit. Groups with other names belong to no project.
    """

    member: str = "MAIA:{project}"
    lead: str = "MAIA:{project}:lead"
    steward: str = "MAIA:{project}:steward"

    def __post_init__(self) -> None:
        patterns = (self.steward, self.lead, self.member)
        if len(set(patterns)) < len(patterns) or any(p.count(PLACE) != 1 for p in patterns):
            raise InvalidInput(
                "The names of groups do not say which group is which.",
                given=list(patterns),
                allowed=f"three different patterns, each with {PLACE} in it once",
                advice="Correct the patterns, or leave them out.",
            )

    def read(self, group: str) -> tuple[ProjectId, Role] | None:
        """Return which project a group belongs to, and its people's role there; None if to no project."""
        for role in (Role.STEWARD, Role.LEAD, Role.MEMBER):
            before, _, after = getattr(self, role.value).partition(PLACE)
            found = re.fullmatch(f"{re.escape(before)}({NAME}){re.escape(after)}", group)
            if found:
                return ProjectId(found[1]), role
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a site says of a project; None means no limit.

    - ``gpus``: of all its bookings, at any one time.
    - ``hours_per_week``, ``hours_per_month``: GPU-hours within a calendar week or month in the site's time zone.
    - ``products``: pools by their ids, or parts of the names of products; no others may be booked.
    """

    title: str = ""
    gpus: int | None = None
    hours_per_week: float | None = None
    hours_per_month: float | None = None
    products: tuple[str, ...] | None = None

    @property
    def counts_hours(self) -> bool:
        """Tell whether bookings that are over count, too."""
        return self.hours_per_week is not None or self.hours_per_month is not None

    @property
    def limited(self) -> bool:
        """Tell whether anything can be refused."""
        return self.counts_hours or self.gpus is not None or self.products is not None


_UNLIMITED = Project()


@dataclass(frozen=True, slots=True, kw_only=True)
class Projects:
    """The projects of a site.

    ``known`` are those of which it says something; others exist where a group says so, and have no limits.
    ``default`` tells whether people in no project's group book for the project ``default``. ``zone`` is the site's:
    its weeks begin Monday, 0:00 there.
    """

    naming: Naming = field(default_factory=Naming)
    known: Mapping[ProjectId, Project] = field(default_factory=dict)
    default: bool = True
    zone: tzinfo = timezone.utc

    def get(self, project: ProjectId) -> Project:
        """Return what is said of a project."""
        return self.known.get(project, _UNLIMITED)

    def of(self, groups: Iterable[str]) -> Memberships:
        """Return the projects of whoever is in these groups, in the order of their names."""
        found: dict[ProjectId, set[Role]] = {}
        for project, role in filter(None, map(self.naming.read, groups)):
            found.setdefault(project, {Role.MEMBER}).add(role)
        if not found and self.default:
            return in_default()
        return {project: frozenset(found[project]) for project in sorted(found)}


def without_office(memberships: Memberships) -> Memberships:
    """Return the same projects for somebody who may do in them what a mere member may."""
    return dict.fromkeys(memberships, frozenset({Role.MEMBER}))


def meant(memberships: Memberships, wanted: ProjectId | None) -> ProjectId:
    """Return the project that is wanted, or the only one of somebody who does not say which.

    Raises:
        Forbidden: it is not one of hers, or she is in none.
        InvalidInput: she is in several.
    """
    if wanted is None and len(memberships) > 1:
        raise InvalidInput(
            "You are in several projects.",
            given="no project",
            allowed=list(memberships),
            advice="Say which one the booking is for.",
        )
    project = wanted or next(iter(memberships), DEFAULT_PROJECT)
    require_member(memberships, project)
    return project


def require_member(memberships: Memberships, project: ProjectId) -> None:
    """Raise `Forbidden` for a project that is not one's own."""
    if project in memberships:
        return
    if not memberships:
        raise Forbidden(
            "You are in no project, and bookings are made for projects here.",
            given=project[:63],
            advice="Ask the lead of a project, or an administrator, to let you in; then sign in again.",
        )
    raise Forbidden(
        f"You are not a member of the project “{project[:63]}”.",
        given=project[:63],
        allowed=list(memberships),
        advice="Choose one of your projects, or ask a lead of that one to let you in; then sign in again.",
    )
