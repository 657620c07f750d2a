"""What is written on a pod so that it says what is wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from maia_hub.cluster.pod import Pod
from maia_hub.cluster.sessions import Wanted, changes, deadline

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
UNTIL = NOW + timedelta(hours=2)
POD = Pod(
    uid="u1",
    name="jupyter-ann",
    namespace="users",
    grant="g1",
    of_hub=True,
    created=NOW,
    started=NOW,
    deadline=7200,
    session="{}",
    until="2026-03-02T11:00:00+00:00",
)
WANTED = Wanted(session="{}", until=UNTIL, latest_end=UNTIL)


@pytest.mark.parametrize(
    ("present", "seconds", "new"),
    [
        pytest.param(None, 3600, 3600, id="set from nothing"),
        pytest.param(7200, 3600, 3600, id="lowered"),
        pytest.param(3600, 3600, None, id="as it is"),
        pytest.param(3600, 7200, None, id="never raised"),
        pytest.param(None, 59.2, 60, id="rounded up: nobody is ended early"),
        pytest.param(60, 59.2, None, id="rounded up to what it is"),
        pytest.param(None, -5, 1, id="over already"),
        pytest.param(1, -5, None, id="over and said so"),
        pytest.param(None, 3.2e9, 2**31 - 1, id="longer than Kubernetes can count"),
    ],
)
def test_a_deadline_is_set_or_lowered_and_never_raised(
    present: int | None, seconds: float, new: int | None
) -> None:
    assert deadline(NOW, present, NOW + timedelta(seconds=seconds)) == new


def test_a_pod_that_says_what_is_wanted_is_left_alone() -> None:
    assert changes(POD, WANTED) == []
    elsewhere = UNTIL.astimezone(timezone(timedelta(hours=1)))
    assert changes(POD, replace(WANTED, until=elsewhere)) == []


def test_what_differs_is_written_on_this_pod_and_no_other_of_its_name() -> None:
    assert changes(POD, Wanted(session="{1}", until=None, latest_end=NOW + timedelta(hours=1))) == [
        {"metadata": {"annotations": {"maia.io/session": "{1}", "maia.io/until": None}, "uid": "u1"}},
        {"spec": {"activeDeadlineSeconds": 3600}, "metadata": {"uid": "u1"}},
    ]


def test_a_deadline_waits_until_it_is_known_when_the_pod_started() -> None:
    assert changes(replace(POD, started=None, deadline=None), WANTED) == []
    (patch,) = changes(replace(POD, deadline=None), WANTED)
    assert patch["spec"] == {"activeDeadlineSeconds": 7200}


def test_of_a_pod_that_nothing_else_ends_nothing_is_left_at_its_end() -> None:
    job, wanted = replace(POD, grace=10), replace(WANTED, gone_by_then=True)
    (patch,) = changes(job, wanted)
    assert patch["spec"] == {"activeDeadlineSeconds": 7190}
    late = replace(job, started=NOW + timedelta(minutes=1), deadline=7190)
    (patch,) = changes(late, wanted)
    assert patch["spec"] == {"activeDeadlineSeconds": 7130}


def test_a_pod_without_a_latest_end_gets_no_deadline() -> None:
    assert changes(replace(POD, deadline=None), replace(WANTED, latest_end=None)) == []
