"""What a settings file says of a site's projects and of notices, on one machine and on a cluster alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from maia_hub.client.models import QuotaTerms
from maia_hub.core.errors import InvalidInput
from maia_hub.core.idleness import IdleRules
from maia_hub.core.ids import ProjectId
from maia_hub.core.interval import zone_called
from maia_hub.core.policy import Policy, PolicySet
from maia_hub.core.projects import NAME, Naming, Project, Projects
from maia_hub.core.retention import SHORTEST
from maia_hub.core.waitlist import Waiting
from maia_hub.outward import MailSettings
from maia_hub.service.settings import Limits

_Pattern = Annotated[str, Field(max_length=200)]


class Groups(BaseModel):
    """How the hub's groups are called, see `maia_hub.core.projects.Naming`: a pattern for each role."""

    model_config = ConfigDict(extra="forbid")

    member: _Pattern = Naming().member
    lead: _Pattern = Naming().lead
    steward: _Pattern = Naming().steward

    @model_validator(mode="after")
    def _told_apart(self) -> Groups:
        try:
            self.naming()
        except InvalidInput as e:
            raise ValueError(f"{e.message} Allowed are {e.allowed}.") from e
        return self

    def naming(self) -> Naming:
        """Return the patterns as the domain has them."""
        return Naming(self.member, self.lead, self.steward)


def project_of(terms: QuotaTerms) -> Project:
    """Return what a project may use as the domain has it."""
    return Project(
        title=terms.title,
        gpus=terms.gpus,
        hours_per_week=terms.hours_per_week,
        hours_per_month=terms.hours_per_month,
        products=None if terms.products is None else tuple(terms.products),
    )


class WaitlistTerms(BaseModel):
    """How the waiting list is run, see `maia_hub.core.waitlist.Waiting`; what is left out is as it says there."""

    model_config = ConfigDict(extra="forbid")

    half_life_days: Annotated[float, Field(gt=0, le=3650)] = 7.0
    patience_days: Annotated[float, Field(gt=0, le=3650)] = 7.0
    soon_minutes: Annotated[float, Field(ge=0, le=10_080)] = 60.0
    offer_minutes: Annotated[float, Field(gt=0, le=10_080)] = 15.0
    most: Annotated[int, Field(ge=1, le=1000)] = 20

    def waiting(self) -> Waiting:
        """Return it as the domain has it."""
        return Waiting(
            half_life=timedelta(days=self.half_life_days),
            patience=timedelta(days=self.patience_days),
            soon=timedelta(minutes=self.soon_minutes),
            offer=timedelta(minutes=self.offer_minutes),
            most=self.most,
        )


_Most = Annotated[int, Field(ge=1, le=1_000_000)] | None


class LimitTerms(BaseModel):
    """How often one may ask, see `maia_hub.service.settings.Limits`; null: as much as one likes."""

    model_config = ConfigDict(extra="forbid")

    reading: _Most = Limits.reading
    writing: _Most = Limits.writing
    streams: _Most = Limits.streams
    sign_ins: _Most = Limits.sign_ins
    proxies: Annotated[int, Field(ge=0, le=10)] = Limits.proxies

    def limits(self) -> Limits:
        """Return it as the service takes it."""
        return Limits(**self.model_dump())


class Unused(BaseModel):
    """When a booking that nobody uses is released; times in minutes.

    ``after`` its start, its owner having been warned ``warning`` before. What the platform itself keeps from beginning
    is not released, and nobody unwarned.
    """

    model_config = ConfigDict(extra="forbid")

    after: Annotated[float, Field(gt=0, le=10_000)]
    warning: Annotated[float, Field(ge=0, le=10_000)] = 10

    def applied(self, policy: Policy) -> Policy:
        """Return a policy with these times."""
        after, warning = timedelta(minutes=self.after), timedelta(minutes=self.warning)
        return replace(policy, no_show_after=after, no_show_warning=warning)


class Idle(BaseModel):
    """When a booked GPU that does nothing is asked about, and given back; times in minutes.

    It has shown less than ``below`` per cent over the whole ``window``. ``release``: without an answer it is given back
    so long after the question; None: never. ``quiet``: who needs it is not asked again for so long.
    """

    model_config = ConfigDict(extra="forbid")

    below: Annotated[float, Field(gt=0, le=100)] = 5
    window: Annotated[float, Field(gt=0, le=10_000)] = 30
    release: Annotated[float, Field(gt=0, le=10_000)] | None = None
    quiet: Annotated[float, Field(ge=0, le=100_000)] = 240

    def rules(self) -> IdleRules:
        """Return it as the domain has it."""
        return IdleRules(
            below=self.below,
            window=timedelta(minutes=self.window),
            release_after=None if self.release is None else timedelta(minutes=self.release),
            quiet=timedelta(minutes=self.quiet),
        )


class SiteSettings(BaseModel):
    """The part of a settings file that both kinds of installation have.

    ``projects`` are quotas by the names of projects; ``groups`` how the hub's groups name them. ``default_project``:
    whether people in no project's group may book, for the project ``default``. ``zone`` is the site's time zone, such
    as Europe/Stockholm: there the weeks and months begin within which GPU-hours are counted. ``mail`` is the mail
    server that notices go out by; None: none go out. ``webhook_hosts`` are those on which people may name webhooks of
    their channels: ``hooks.slack.com``, ``*.logic.azure.com``, or a whole ``https://chat.example.org:8443``.
    ``waitlist`` says in what order and how those are served who wait for booked time.
    ``retention_days``: for so many days what is known of people is kept after it is over; None: for ever, for what is
    forgotten does not come back, and how long it may be kept is the site's to say.
    ``unused`` is when a booking that nobody uses is released; None: never. ``idle`` is when the owner of a booked GPU
    that does nothing is asked whether she needs it; None: never. ``limits`` say how often one may ask the service.
    ``staff_entry``: whether the staff of a class may open its students' servers while it runs.
    """

    model_config = ConfigDict(extra="forbid")

    projects: dict[Annotated[str, Field(pattern=f"^(?:{NAME})$")], QuotaTerms] = {}
    groups: Groups = Field(default_factory=Groups)
    default_project: bool = True
    zone: str = "UTC"
    mail: MailSettings | None = None
    webhook_hosts: list[str] = Field(default_factory=list)
    waitlist: WaitlistTerms = Field(default_factory=WaitlistTerms)
    retention_days: Annotated[int, Field(ge=SHORTEST.days, le=36_500)] | None = None
    unused: Unused | None = None
    idle: Idle | None = None
    limits: LimitTerms = Field(default_factory=LimitTerms)
    staff_entry: bool = True

    @field_validator("zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            zone_called(name)
        except InvalidInput as e:
            raise ValueError(
                f"no time zone is called {name[:60]!r}; name one such as Europe/Stockholm"
            ) from e
        return name

    @property
    def keep(self) -> timedelta | None:
        """How long what is known of people is kept; None: for ever."""
        return None if self.retention_days is None else timedelta(days=self.retention_days)

    def policies(self, policy: Policy) -> PolicySet:
        """Return the rules of the site: a policy with what else is set."""
        default = policy if self.unused is None else self.unused.applied(policy)
        return PolicySet(default, waiting=self.waitlist.waiting(), staff_entry=self.staff_entry)

    def site(self) -> Projects:
        """Return the projects as the domain has them."""
        return Projects(
            naming=self.groups.naming(),
            known={ProjectId(name): project_of(terms) for name, terms in self.projects.items()},
            default=self.default_project,
            zone=timezone.utc if self.zone == "UTC" else zone_called(self.zone),
        )
