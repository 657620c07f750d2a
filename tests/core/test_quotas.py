"""A project's quotas refuse what goes beyond them, and say when it would not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.bookings import Booking
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.interval import UTC, Interval
from maia_hub.core.policy import Policy, Refusal, Request, latest_end, refusals
from maia_hub.core.projects import Project
from maia_hub.core.quotas import Standing, may_book
from tests.core.people import ALICE, HOUR, POOL, T0, booked, span
from tests.core.test_policy_always import bookings, histories, policies, spans

VISION = ProjectId("vision")
FREE = Policy(name="free")
projects = st.builds(
    Project,
    gpus=st.none() | st.integers(1, 6),
    hours_per_week=st.none() | st.integers(1, 500).map(float),
    hours_per_month=st.none() | st.integers(1, 900).map(float),
)


def stand(project: Project, *others: Booking) -> Standing:
    bens = [replace(b, user=UserName("ben")) for b in others]
    return Standing(name=VISION, project=project, others=bens, product="NVIDIA RTX A6000", zone=UTC)


def wish(start: float, end: float, gpus: int = 1, booking: Booking | None = None) -> Request:
    return Request(ALICE, VISION, POOL, gpus, span(start, end), "move" if booking else "new", booking)


def only(standing: Standing, request: Request) -> Refusal:
    (refusal,) = refusals(FREE, request, [], T0, standing)
    return refusal


def test_a_project_without_quotas_refuses_nothing() -> None:
    assert refusals(FREE, wish(0, 999, gpus=9), [], T0, stand(Project(), booked(0, 999, gpus=9))) == []


def test_gpus_at_a_time_are_those_of_all_the_projects_people() -> None:
    standing = stand(Project(gpus=3), booked(0, 10, gpus=2), booked(5, 20, gpus=1))
    assert refusals(FREE, wish(0, 5, gpus=1), [], T0, standing) == []
    refusal = only(standing, wish(0, 6, gpus=1))
    assert (refusal.rule, refusal.given, refusal.limit) == ("project-gpus", "4 GPUs at a time", "at most 3")
    assert refusal.earliest == T0 + 10 * HOUR
    assert only(standing, wish(0, 6, gpus=4)).earliest is None


def test_a_weeks_hours_are_back_on_monday() -> None:
    standing = stand(Project(hours_per_week=40.0), booked(24, 54))
    refusal = only(standing, wish(60, 72))
    assert (refusal.rule, refusal.limit) == (
        "project-weekly-hours",
        "at most 40.0 GPU-hours in a calendar week",
    )
    assert refusal.given == "42.0 GPU-hours in the week from Monday, 2026-03-02"
    assert refusal.earliest == T0 + (7 * 24 - 9 - 10) * HOUR  # ten hours are left of this week


def test_a_months_hours_are_back_on_its_first_day() -> None:
    refusal = only(stand(Project(hours_per_month=100.0), booked(0, 100)), wish(200, 210, gpus=2))
    assert (refusal.rule, refusal.given) == ("project-monthly-hours", "120.0 GPU-hours in March 2026")
    assert refusal.earliest is not None
    assert refusal.earliest.isoformat() == "2026-04-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("products", "may"),
    [
        (None, True),
        (("a6000",), True),
        (("rtx a6",), True),
        (("A100", "RTX"), True),
        (("A100",), False),
        ((), False),
    ],
)
def test_products_are_named_by_a_part_of_their_name(products: tuple[str, ...] | None, may: bool) -> None:
    project = Project(products=products)
    assert may_book(project, GpuPool(POOL, "NVIDIA RTX A6000", "nvidia.com/gpu", ())) == may
    found = refusals(FREE, wish(0, 1), [], T0, stand(project))
    assert [refusal.rule for refusal in found] == ([] if may else ["project-products"])


def test_what_a_booking_has_it_keeps_though_the_quota_was_lowered() -> None:
    mine = booked(0, 10, gpus=2)
    standing = stand(Project(gpus=1, hours_per_week=1.0, products=()))
    assert refusals(FREE, wish(2, 9, gpus=2, booking=mine), [mine], T0, standing) == []
    later = refusals(FREE, wish(2, 11, gpus=2, booking=mine), [mine], T0, standing)
    assert {r.rule for r in later} == {"project-gpus", "project-weekly-hours", "project-products"}


@given(policies, projects, histories, histories, spans, st.integers(1, 4))
def test_the_earliest_start_passes_every_rule_and_quota(
    policy: Policy,
    project: Project,
    own: Sequence[Booking],
    others: Sequence[Booking],
    asked: tuple[int, int],
    gpus: int,
) -> None:
    standing = stand(project, *others)
    request = wish(*asked, gpus=gpus)
    refused = refusals(policy, request, own, T0, standing)
    if refused and refused[0].earliest is not None:
        start = refused[0].earliest
        again = replace(request, interval=Interval(start, start + request.interval.duration))
        assert refusals(policy, again, own, T0, standing) == []


@given(projects, histories, bookings())
def test_an_extension_to_the_latest_end_passes_and_none_beyond_does(
    project: Project, others: Sequence[Booking], booking: Booking
) -> None:
    standing = stand(project, *others)
    if not booking.live or booking.interval.end <= T0:
        return
    latest = latest_end(FREE, booking, [], T0, standing)
    end = booking.interval.end
    beyond = Request(ALICE, VISION, POOL, booking.gpus, booking.interval, "extend", booking)
    if latest is None:
        far = Interval(booking.interval.start, end + 400 * HOUR)
        assert standing.refusals(replace(beyond, interval=far)) == []
        return
    assert latest >= end
    if latest > end:
        assert standing.refusals(replace(beyond, interval=Interval(booking.interval.start, latest))) == []
    further = Interval(booking.interval.start, latest + HOUR)
    assert standing.refusals(replace(beyond, interval=further)) != []
