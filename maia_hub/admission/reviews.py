"""The API server's JSON, as far as the review reads it (k8s.io/api admission/v1 and core/v1), and its answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]
API = "admission.k8s.io/v1"
_GRACE = 30  # seconds, Kubernetes' own default


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Resources(_Read):
    """What one container asks for: quantities by resource."""

    limits: dict[str, str | int] | None = None
    requests: dict[str, str | int] | None = None


class Probe(_Read):
    """What a container is stopped by if it fails."""

    grace: int | None = Field(None, alias="terminationGracePeriodSeconds")


class Container(_Read):
    """A container, init container or the like."""

    name: str
    resources: Resources | None = None
    restart_policy: str | None = Field(None, alias="restartPolicy")
    env: list[Json] | None = None
    liveness: Probe | None = Field(None, alias="livenessProbe")
    startup: Probe | None = Field(None, alias="startupProbe")

    @property
    def probe_graces(self) -> dict[str, int]:
        """The seconds that it has of its own to stop when a probe fails, by the names of the probes."""
        probes = {"livenessProbe": self.liveness, "startupProbe": self.startup}
        return {name: probe.grace for name, probe in probes.items() if probe and probe.grace is not None}


class Requirement(_Read):
    """One condition of a node selector."""

    key: str
    operator: str
    values: list[str] | None = None


class Term(_Read):
    """Conditions that must hold together."""

    fields: list[Requirement] | None = Field(None, alias="matchFields")


class Selector(_Read):
    """Terms of which one must hold."""

    terms: list[Term] = Field(alias="nodeSelectorTerms")


class NodeAffinity(_Read):
    """Which nodes a pod can be placed on."""

    required: Selector | None = Field(None, alias="requiredDuringSchedulingIgnoredDuringExecution")


class Affinity(_Read):
    """Where a pod wants to be."""

    node: NodeAffinity | None = Field(None, alias="nodeAffinity")


class Spec(_Read):
    """What a pod is to be."""

    containers: list[Container] = Field(min_length=1)
    init_containers: list[Container] | None = Field(None, alias="initContainers")
    resources: Resources | None = None
    node_name: str | None = Field(None, alias="nodeName")
    priority_class: str | None = Field(None, alias="priorityClassName")
    deadline: int | None = Field(None, alias="activeDeadlineSeconds")
    termination_grace: int | None = Field(None, alias="terminationGracePeriodSeconds")
    account: str | None = Field(None, alias="serviceAccountName")
    affinity: Affinity | None = None
    tolerations: list[Json] | None = None

    @property
    def grace(self) -> int:
        """The seconds that it has from being told to stop until it is killed."""
        if self.termination_grace is None:
            return _GRACE
        return self.termination_grace if self.termination_grace >= 0 else 1  # as the API server takes it

    def groups(self) -> Iterator[tuple[str, int, Container]]:
        """Yield every container: its group in the spec, its place in it, and itself."""
        for group, members in (
            ("initContainers", self.init_containers or []),
            ("containers", self.containers),
        ):
            for place, container in enumerate(members):
                yield group, place, container


class Metadata(_Read):
    """A pod's name and marks; one that is yet to be given its name has none."""

    name: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class Pod(_Read):
    """A pod."""

    metadata: Metadata
    spec: Spec

    def label(self, key: str) -> str | None:
        """Return a label."""
        return (self.metadata.labels or {}).get(key)

    def annotation(self, key: str) -> str | None:
        """Return an annotation."""
        return (self.metadata.annotations or {}).get(key)


class UserInfo(_Read):
    """Who sent the request, as the API server knows."""

    username: str = ""


class Request(_Read):
    """What is to be reviewed."""

    uid: str = Field(min_length=1)
    namespace: str = Field(min_length=1)
    user: UserInfo = Field(alias="userInfo")
    dry_run: bool | None = Field(None, alias="dryRun")
    pod: Pod = Field(alias="object")


class Review(_Read):
    """The whole of a review's body."""

    api_version: str = Field(alias="apiVersion", pattern=f"^{API}$")
    kind: str = Field(pattern="^AdmissionReview$")
    request: Request


def allowed(uid: str, patch: list[Json] | None = None) -> Json:
    """Return the answer that lets the pod pass, changed by a JSON patch (RFC 6902)."""
    response: Json = {"uid": uid, "allowed": True}
    if patch:
        response["patchType"] = "JSONPatch"
        response["patch"] = base64.b64encode(json.dumps(patch).encode()).decode()
    return {"apiVersion": API, "kind": "AdmissionReview", "response": response}


def refused(uid: str, code: int, reason: str, sentence: str) -> Json:
    """Return the answer that refuses the pod; the API server shows the sentence to whoever made it."""
    status = {"code": code, "reason": reason, "message": sentence}
    response = {"uid": uid, "allowed": False, "status": status}
    return {"apiVersion": API, "kind": "AdmissionReview", "response": response}
