"""Whose booking counts: the API server's word on who asks, and nothing that stands on the pod."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admission.gate import HUB, JOBS, Gate, Refused, account, pod
from tests.desk.office import ADA, BEN, Office


@pytest.fixture
def gate(office: Office) -> Gate:
    office.book(ADA, 0, 60)
    return Gate(office)


@pytest.mark.parametrize("who", ["oidc:ada", account("ada")])
def test_a_person_asks_for_herself(gate: Gate, who: str) -> None:
    gate.create(pod(), who)
    assert gate.leases() == ["ada"]


@pytest.mark.parametrize("named", ["maia-user-ada", "maia-user-ben", "default", None])
def test_a_controller_asks_for_the_owner_of_the_pods_account(gate: Gate, named: str | None) -> None:
    spec = {"serviceAccountName": named} if named else {}
    if named == "maia-user-ada":
        gate.create(pod(**spec), JOBS)
        assert gate.leases() == ["ada"]
        return
    with pytest.raises(Refused, match=r"belongs to no user|no booking that runs now"):
        gate.create(pod(**spec), JOBS)
    assert gate.leases() == []


@pytest.mark.parametrize(
    "who",
    [
        "ada",
        "oidc:",
        "system:admin",
        "system:serviceaccount:lab:default",
        "system:serviceaccount:kube-system:some-controller",
        account("ada", "elsewhere"),
    ],
)
def test_others_are_nobody_here(gate: Gate, who: str) -> None:
    with pytest.raises(Refused, match="no booking can be found"):
        gate.create(pod(serviceAccountName="maia-user-ada"), who)
    assert gate.leases() == []


def test_without_a_prefix_no_person_is_known(gate: Gate) -> None:
    gate.rules = gate.rules.model_copy(update={"user_prefix": None})
    with pytest.raises(Refused, match="no booking can be found"):
        gate.create(pod(), "oidc:ada")


@pytest.mark.parametrize(
    "metadata",
    [
        {"annotations": {"hub.jupyter.org/username": "ada"}},
        {"labels": {"hub.jupyter.org/username": "ada"}},
        {"annotations": {"maia.io/user": "ada"}},
        {"labels": {"maia.io/grant": "4d0e6a0f-6f3c-4b0e-9d43-7a3a0a5a5a5a"}},
    ],
)
def test_what_a_pod_says_of_itself_does_not_count(gate: Gate, metadata: dict[str, Any]) -> None:
    forged = pod()
    forged["metadata"] |= metadata
    with pytest.raises(Refused, match=r"ben has no booking|written by the platform alone"):
        gate.create(forged, account("ben"))
    assert gate.leases() == []


def test_another_users_grant_is_of_no_use(gate: Gate) -> None:
    grant = gate.office.start(ADA)
    forged = pod()
    forged["metadata"]["labels"] = {"maia.io/grant": str(grant.id)}
    with pytest.raises(Refused, match="written by the platform alone"):
        gate.create(forged, account(BEN.user))


def test_the_hub_cannot_be_without_a_grant(gate: Gate) -> None:
    made = pod()
    made["metadata"]["annotations"] = {"hub.jupyter.org/username": "ada"}
    with pytest.raises(Refused, match="carries no grant"):
        gate.create(made, HUB)
