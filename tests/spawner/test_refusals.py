"""A pod that the API server refuses is given up at once, in words."""

from __future__ import annotations

import json

import pytest

from maia_spawner.refusals import UNANSWERED, refusal


def said(message: str, status: int = 403) -> str:
    return refusal(status, json.dumps({"kind": "Status", "message": message}))


def test_a_quota_is_told_with_its_numbers() -> None:
    told = said(
        'pods "jupyter-alice" is forbidden: exceeded quota: compute, requested: limits.memory=4Gi,'
        "requests.nvidia.com/gpu=1, used: limits.memory=8Gi,requests.nvidia.com/gpu=2, "
        "limited: limits.memory=10Gi,requests.nvidia.com/gpu=2"
    )
    assert told == (
        "The quota of this project is used up (memory: 8Gi of 10Gi are in use, and this server needs 4Gi; "
        "nvidia.com/gpu: 2 of 2 are in use, and this server needs 1). "
        "Stop another server, choose a smaller one, or ask the administrator."
    )


@pytest.mark.parametrize(
    "message",
    [
        'admission webhook "pods.maia.io" denied the request: You have no booking that runs now.',
        "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'gpus' with binding 'gpus' denied request: "
        "You have no booking that runs now.",
    ],
)
def test_a_review_speaks_for_itself(message: str) -> None:
    assert said(message) == "You have no booking that runs now."


def test_any_other_refusal_is_repeated_and_bounded() -> None:
    assert said('violates PodSecurity "restricted:latest"') == (
        'The cluster refused the server: violates PodSecurity "restricted:latest"'
    )
    assert len(said("x" * 9999, 422)) < 400
    assert refusal(403, "no JSON") == "The cluster refused the server: no JSON"
    assert refusal(403, None) == "The cluster refused the server"


def test_a_review_that_does_not_answer_is_told() -> None:
    failed = 'Internal error occurred: failed calling webhook "pods.maia.io": failed to call webhook: Post …'
    assert said(failed, 500) == UNANSWERED
    assert said("etcdserver: request timed out", 500) == ""


@pytest.mark.parametrize("status", [None, 409, 429, 500, 503])
def test_what_may_pass_is_no_refusal(status: int | None) -> None:
    assert refusal(status, "{}") == ""
