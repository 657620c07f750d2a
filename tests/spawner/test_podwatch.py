"""A starting pod that can never be ready is given up with the reason."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from maia_spawner.podwatch import failure, happening, was_preempted

NOON = datetime(2026, 3, 2, 12, 0, 0, 500000, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("reason", "at", "taken"),
    [
        ("Preempted", "2026-03-02T12:00:00Z", True),
        ("Preempted", "2026-03-02T11:59:59Z", False),  # an earlier pod of that name
        ("Killing", "2026-03-02T12:00:00Z", False),
    ],
)
def test_a_preempted_pod_is_known_by_the_schedulers_event(reason: str, at: str, taken: bool) -> None:
    events = [{"reason": reason, "metadata": {"creationTimestamp": at}}]
    assert was_preempted(events, NOON) is taken
    assert not was_preempted([], NOON)


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "status": {"phase": "Pending", **status}}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"name": "notebook", "state": {"waiting": {"reason": reason, "message": message}}}


@pytest.mark.parametrize(
    "reason", ["ContainerCreating", "PodInitializing", "ErrImagePull", "ImagePullBackOff"]
)
def test_a_pod_that_may_still_start_is_waited_for(reason: str) -> None:
    assert failure(pod(containerStatuses=[waiting(reason)])) == ""


@pytest.mark.parametrize("reason", ["InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"])
def test_a_container_that_cannot_be_made_is_named_with_the_kubelets_reason(reason: str) -> None:
    said = failure(pod(containerStatuses=[waiting(reason, "no such thing")]))
    assert said == f"The container notebook cannot start ({reason}): no such thing"


def test_an_init_container_counts() -> None:
    assert "InvalidImageName" in failure(pod(initContainerStatuses=[waiting("InvalidImageName")]))


def test_a_pod_that_the_node_refused_says_why() -> None:
    said = failure(pod(phase="Failed", reason="UnexpectedAdmissionError", message="no GPU is free"))
    assert "(UnexpectedAdmissionError: no GPU is free)" in said


def test_a_server_that_ended_says_how() -> None:
    ended = {"name": "notebook", "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}
    assert "(OOMKilled, exit status 137)" in failure(pod(phase="Failed", containerStatuses=[ended]))


def test_a_pod_that_is_being_deleted_is_given_up() -> None:
    gone = pod()
    gone["metadata"]["deletionTimestamp"] = "2026-03-02T10:00:00Z"
    assert "is being deleted" in failure(gone)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "Pulling",
            "The image of your server is being fetched; the first time on a machine this takes a few minutes.",
        ),
        ("FailedScheduling", "No machine has room for your server yet: 0/1 nodes are available"),
        ("SomethingNew", "0/1 nodes are available"),
    ],
)
def test_what_happens_is_told_in_words(reason: str, said: str) -> None:
    assert happening({"reason": reason, "message": "0/1  nodes are\navailable"}) == said
