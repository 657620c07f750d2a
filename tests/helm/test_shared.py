"""The folders of groups in the chart: the hub is told of the claim, and a policy stands before it."""

from __future__ import annotations

import json

import pytest

from maia_hub.hub.installation import Installation
from tests.helm.rendered import Manifest, manifests, named, of_kind, template

SHARED = {"workspaces": {"shared": {"existingClaim": "groups"}}}
NAMES = {"maia-hub-own-folders", "maia-hub-own-folders-copies"}


def told(found: list[Manifest]) -> Installation:
    config = named(found, "ConfigMap", "maia-hub-hub")["data"]["hub.json"]
    return Installation.model_validate(json.loads(config))


def policies(found: list[Manifest]) -> dict[str, Manifest]:
    made = of_kind(found, "ValidatingAdmissionPolicy")
    return {each["metadata"]["name"]: each["spec"] for each in made if each["metadata"]["name"] in NAMES}


def test_without_a_claim_groups_have_nothing_in_common_and_no_policy_speaks_of_it() -> None:
    found = manifests({})
    assert told(found).workspaces.shared_claim == ""
    assert not policies(found)


def test_the_hub_mounts_the_claim_that_the_site_names_and_a_policy_keeps_it_from_others() -> None:
    found = manifests(SHARED)
    assert told(found).workspaces.shared_claim == "groups"
    made = policies(found)
    assert made.keys() == NAMES
    bound = {each["spec"]["policyName"] for each in of_kind(found, "ValidatingAdmissionPolicyBinding")}
    assert bound >= NAMES
    for policy in made.values():
        assert policy["failurePolicy"] == "Fail"
        assert policy["matchConstraints"]["namespaceSelector"] == {"matchLabels": {"maia.io/managed": "true"}}
    assert "system:serviceaccount:site:maia-hub-hub" in str(made["maia-hub-own-folders"]["validations"])


def test_the_policy_is_there_for_another_hub_too() -> None:
    other = {"hub": {"enabled": False, "externalUrl": "http://hub.jhub.svc:8081"}, **SHARED}
    assert policies(manifests(other)).keys() == NAMES


@pytest.mark.parametrize("claim", ["Groups", "a/b", "a' || true"])
def test_a_claim_that_cannot_be_one_is_refused(claim: str) -> None:
    assert template({"workspaces": {"shared": {"existingClaim": claim}}}).returncode != 0
