"""The review as an API server asks it: a pod goes through both reviews, and comes out as it would be stored."""

from __future__ import annotations

import base64
import json
import uuid
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from maia_hub.admission.review import Reviewer
from maia_hub.admission.reviews import Review
from maia_hub.admission.rules import Rules
from maia_hub.core import marks
from maia_hub.core.accounts import account_of
from maia_hub.core.ids import UserName
from maia_hub.core.machines import machine_of
from maia_hub.desk import Grant
from tests.desk.office import Office

HUB = "system:serviceaccount:maia:maia-hub-hub"
JOBS = "system:serviceaccount:kube-system:job-controller"
GPU = "nvidia.com/gpu"
SPACE = "lab"
Json = dict[str, Any]


class Refused(Exception):
    """The pod was refused; the words are those that its maker sees."""


def account(user: str, namespace: str = SPACE) -> str:
    """Return what the API server calls a user's service account."""
    return f"system:serviceaccount:{namespace}:{account_of(UserName(user))}"


def pod(name: str = "tried", *, gpus: object = 1, resource: str = GPU, **spec: Any) -> Json:
    """Return a pod whose one container asks for GPUs."""
    container = {"name": "main", "image": "x", "resources": {"limits": {resource: str(gpus)}}}
    return {"metadata": {"name": name}, "spec": {"containers": [container], **spec}}


def of_hub(grant: Grant, user: str, name: str = "jupyter", gpus: int = 1) -> Json:
    """Return the pod that the hub makes for a grant."""
    assert grant.node is not None
    made = pod(name, gpus=gpus, priorityClassName=f"maia-{grant.kind.value}", activeDeadlineSeconds=99999)
    made["metadata"] |= {
        "labels": {marks.GRANT: str(grant.id), marks.KIND: grant.kind.value},
        "annotations": {marks.USERNAME: user},
    }
    field_ = {"key": "metadata.name", "operator": "In", "values": [machine_of(grant.node)]}
    terms = {"nodeSelectorTerms": [{"matchFields": [field_]}]}
    made["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    return made


def review(made: Json, who: str, namespace: str = SPACE, *, dry: bool = False) -> Json:
    """Return the body that the API server sends."""
    request = {
        "uid": str(uuid.uuid4()),
        "namespace": namespace,
        "operation": "CREATE",
        "userInfo": {"username": who},
        "dryRun": dry,
        "object": made,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


@dataclass
class Gate:
    """Both reviews over an office."""

    office: Office
    rules: Rules = field(default_factory=lambda: Rules(platform=[HUB], user_prefix="oidc:"))

    def create(self, made: Json, who: str = HUB, *, dry: bool = False, between: Json | None = None) -> Json:
        """Return the pod as it would be stored, or `Refused`; ``between`` is what others change after the first."""
        reviewer = Reviewer(self.office.desk, self.rules, lambda: self.office.now)
        body = review(made, who, dry=dry)
        answer = reviewer.mutate(Review.model_validate(body).request, made)["response"]
        given = patched(made, _patch(answer))
        if between:
            given["spec"] |= between
        body = review(given, who, dry=dry)
        _patch(reviewer.validate(Review.model_validate(body).request)["response"])
        return given

    def leases(self) -> list[str]:
        """Return who holds GPUs now."""
        return [lease.user for lease in self.office.desk.live_leases(self.office.now)]


def patched(made: Json, operations: list[Json]) -> Json:
    """Apply a JSON patch of additions and removals."""
    given = deepcopy(made)
    for operation in operations:
        *parents, last = operation["path"].removeprefix("/").split("/")
        place: Any = given
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if operation["op"] == "remove":
            del place[last]
        else:
            assert operation["op"] == "add"
            place[last] = operation["value"]
    return given


def _patch(answer: Json) -> list[Json]:
    if not answer["allowed"]:
        raise Refused(answer["status"]["message"])
    operations: list[Json] = json.loads(base64.b64decode(answer.get("patch", "W10=")))
    return operations
