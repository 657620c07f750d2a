"""The rules for bookings, as their administrators see and change them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from maia_hub.client.models.base import Answer, Reason, Request
from maia_hub.client.models.bookings import BookingModel, RefusalModel

_Length = Annotated[float, Field(ge=0, le=3.2e8)] | None
_Count = Annotated[int, Field(ge=0, le=1_000_000)] | None
_Hours = Annotated[float, Field(ge=0, le=1e9)] | None
_Days = Annotated[int, Field(ge=1, le=366)]
ProjectName = Annotated[str, Field(min_length=1, max_length=63)]


class PolicyTerms(BaseModel):
    """The limits of bookings; null is no limit. Lengths are in seconds; see `maia_hub.core.rules.Policy`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=63)] = "own"
    min_duration: _Length = None
    max_duration: _Length = None
    max_gpus: _Count = None
    max_bookings: _Count = None
    horizon: _Length = None
    cooldown: _Length = None
    weekly_gpu_hours: _Hours = None
    no_show_after: _Length = None
    no_show_warning: _Length = None
    max_extension: _Length = None


class QuotaTerms(BaseModel):
    """What a project may use; null is no limit. ``products`` are ids of pools or parts of product names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, Field(max_length=120)] = ""
    gpus: _Count = None
    hours_per_week: _Hours = None
    hours_per_month: _Hours = None
    products: (
        Annotated[list[Annotated[str, Field(min_length=1, max_length=120)]], Field(max_length=100)] | None
    ) = None


class RuleChange(Answer):
    """Who changed rules last, when and why."""

    at: datetime
    by: str
    reason: str


class PolicyModel(Answer):
    """A policy; of the whole site if ``project`` is null, and of every project that has none of its own.

    ``changed`` is null where the settings of the installation hold. ``etag`` is its version, for `If-Match`.
    """

    project: str | None
    terms: PolicyTerms | None
    etag: str
    changed: RuleChange | None


class QuotasModel(Answer):
    """A project's quotas, as `PolicyModel`; without ``terms`` it has none."""

    project: str
    terms: QuotaTerms | None
    etag: str
    changed: RuleChange | None


class RulesModel(Answer):
    """All policies, the site's first, and all quotas."""

    policies: list[PolicyModel]
    quotas: list[QuotasModel]


class PolicyChange(Request):
    """A policy for a project, or for the whole site; ``terms`` null: what the settings say, from now on."""

    project: ProjectName | None = None
    terms: PolicyTerms | None
    reason: Reason


class QuotasChange(Request):
    """Quotas for a project, as `PolicyChange`."""

    project: ProjectName
    terms: QuotaTerms | None
    reason: Reason


class PolicyTrial(Request):
    """A policy to be tried on the bookings that were made within the last ``days``; null: what the settings say."""

    project: ProjectName | None = None
    terms: PolicyTerms | None
    days: _Days = 30


class QuotasTrial(Request):
    """Quotas to be tried, as `PolicyTrial`."""

    project: ProjectName
    terms: QuotaTerms | None
    days: _Days = 30


class TriedModel(Answer):
    """A booking that would have been refused; ``before``: by the rules in force, too."""

    booking: BookingModel
    refusals: list[RefusalModel]
    before: bool


class TrialModel(Answer):
    """What rules would have refused of the ``bookings`` that were made since.

    ``refused_before`` of the ``refused`` the rules in force would refuse, too: they were made under others, or were
    changed since. ``rules`` says how many each rule refuses; ``examples`` are the latest of those that are new.
    """

    since: datetime
    bookings: int
    refused: int
    refused_before: int
    rules: dict[str, int]
    examples: list[TriedModel]
