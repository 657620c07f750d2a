"""The JSON patch that writes on a pod what it is given, where it does not say so itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maia_hub.admission.asking import Gpus, with_gpu
from maia_hub.admission.reviews import Container, Json, Pod
from maia_hub.admission.rules import Rules
from maia_hub.core import marks
from maia_hub.core.leases import GrantKind
from maia_hub.core.machines import machine_of
from maia_hub.core.rights import Right
from maia_hub.core.sessionfile import MARK

PRIORITIES = {
    GrantKind.BOOKED: marks.PRIORITY_BOOKED,
    GrantKind.OPPORTUNISTIC: marks.PRIORITY_OPPORTUNISTIC,
}
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@dataclass(frozen=True, slots=True)
class Time:
    """For how many seconds a pod has its right, and how many of them at the most are between being stopped and killed.

    ``drain`` None leaves that to the pod's maker.
    """

    left: int
    drain: int | None = None

    def grace(self, pod: Pod) -> int:
        """Return the seconds that the pod gets from being told to stop until it is killed."""
        return 0 if self.drain is None else min(pod.spec.grace, self.drain)

    def deadline(self, pod: Pod) -> int:
        """Return after how many seconds it is told to stop, so that nothing of it is left at its end."""
        return max(self.left - self.grace(pod), 1)


def patch(raw: Json, pod: Pod, right: Right, rules: Rules, time: Time | None) -> list[Json]:
    """Return what to change of a pod (``raw``: the same, as it came) so that it says what it is given.

    ``time`` None leaves its end to its maker.
    """
    return [
        *_marked(pod, right),
        *_placed(raw, pod, right),
        *_ranked(raw, pod, right, rules),
        *([] if time is None else _ended(pod, time)),
        *_told(pod, right, rules, with_end=time is not None),
    ]


def seconds_left(right: Right, now: datetime) -> int | None:
    """Return for how many whole seconds the right still lasts; None if it has no end."""
    return None if right.until is None else max(int((right.until - now).total_seconds()), 1)


def bound(pod: Pod, machine: str) -> bool:
    """Tell whether the pod can be placed on one machine alone."""
    if pod.spec.node_name:
        return pod.spec.node_name == machine
    affinity = pod.spec.affinity
    required = affinity.node.required if affinity and affinity.node else None
    terms = required.terms if required else []
    return bool(terms) and all(
        any((f.key, f.operator, f.values) == ("metadata.name", "In", [machine]) for f in term.fields or [])
        for term in terms
    )


def says_all(pod: Pod, gpus: Gpus, rules: Rules) -> bool:
    """Tell whether nothing would be added to a pod of the hub's, whatever its right: what it says is compared later."""
    kind = pod.label(marks.KIND)
    priority = next((name for each, name in PRIORITIES.items() if each.value == kind), None)
    has_end = kind != GrantKind.BOOKED.value or pod.spec.deadline is not None
    told = all(
        MARK in {each.get("name") for each in container.env or []}
        for _, _, container in with_gpu(pod.spec, rules)
    )
    ranked = not rules.priorities or pod.spec.priority_class == priority
    tolerates = _taint(gpus.resource) in (pod.spec.tolerations or [])
    return priority is not None and ranked and has_end and told and tolerates and _machine(pod) is not None


def _machine(pod: Pod) -> str | None:
    """Return the one machine that a pod can be placed on; None if there may be others."""
    affinity = pod.spec.affinity
    required = affinity.node.required if affinity and affinity.node else None
    fields = required.terms[0].fields if required and required.terms else None
    name = next((f.values[0] for f in fields or [] if f.key == "metadata.name" and f.values), None)
    return name if name is not None and bound(pod, name) else None


def _taint(resource: str) -> Json:
    return {"key": resource, "operator": "Exists", "effect": "NoSchedule"}


def _set(path: str, value: Any) -> Json:
    """Add a member of an object, or put another value in its place."""
    return {"op": "add", "path": path, "value": value}


def _marked(pod: Pod, right: Right) -> Iterator[Json]:
    labels = {marks.GRANT: str(right.grant), marks.KIND: right.kind.value}
    said = {
        marks.BOOKING: str(right.booking) if right.booking else None,
        marks.UNTIL: right.until.isoformat() if right.until else None,
    }
    annotations = {key: value for key, value in said.items() if value is not None}
    for part, there, ours in (
        ("labels", pod.metadata.labels or {}, labels),
        ("annotations", pod.metadata.annotations or {}, annotations),
    ):
        if ours.keys() - there.keys():
            yield _set(f"/metadata/{part}", {**ours, **there})


def _placed(raw: Json, pod: Pod, right: Right) -> Iterator[Json]:
    """Allow the right's node alone, by its name (terms are alternatives: each has to say so), and its taint."""
    machine = machine_of(right.node)
    if not pod.spec.node_name and not bound(pod, machine):
        affinity = dict(raw["spec"].get("affinity") or {})
        node = dict(affinity.get("nodeAffinity") or {})
        terms = (node.get(_REQUIRED) or {}).get("nodeSelectorTerms") or [{}]
        field = {"key": "metadata.name", "operator": "In", "values": [machine]}
        node[_REQUIRED] = {
            "nodeSelectorTerms": [
                {**term, "matchFields": [*(term.get("matchFields") or []), field]} for term in terms
            ]
        }
        yield _set("/spec/affinity", {**affinity, "nodeAffinity": node})
    taint = _taint(right.resource)
    there = pod.spec.tolerations or []
    if taint not in there:
        yield _set("/spec/tolerations", [*there, taint])


def _ranked(raw: Json, pod: Pod, right: Right, rules: Rules) -> Iterator[Json]:
    priority = PRIORITIES.get(right.kind)
    if rules.priorities and priority and pod.spec.priority_class != priority:
        yield _set("/spec/priorityClassName", priority)
        for computed in ("priority", "preemptionPolicy"):  # the API server works them out anew
            if computed in raw["spec"]:
                yield {"op": "remove", "path": f"/spec/{computed}"}


def _ended(pod: Pod, time: Time) -> Iterator[Json]:
    """Give the pod its end, unless it wants an earlier one.

    While a container is stopped because a probe failed, the kubelet does not look at the deadline.
    """
    if time.drain is not None:
        if pod.spec.grace > time.drain:
            yield _set("/spec/terminationGracePeriodSeconds", time.drain)
        for group, place, container in pod.spec.groups():
            for probe, grace in container.probe_graces.items():
                if grace > time.drain:
                    yield _set(f"/spec/{group}/{place}/{probe}/terminationGracePeriodSeconds", time.drain)
    if pod.spec.deadline is None or pod.spec.deadline > time.deadline(pod):
        yield _set("/spec/activeDeadlineSeconds", time.deadline(pod))


def _told(pod: Pod, right: Right, rules: Rules, *, with_end: bool) -> Iterator[Json]:
    told = {MARK: str(right.grant), "MAIA_GRANT_KIND": right.kind.value, "MAIA_PROJECT": str(right.project)}
    if right.until is not None and with_end:
        told["MAIA_UNTIL"] = right.until.isoformat()
    for group, place, container in with_gpu(pod.spec, rules):
        missing = told.keys() - {each.get("name") for each in container.env or []}
        if missing:
            yield _set(f"/spec/{group}/{place}/env", _with(container, told))


def _with(container: Container, told: dict[str, str]) -> list[Json]:
    there = container.env or []
    names = {each.get("name") for each in there}
    return [*there, *({"name": name, "value": value} for name, value in told.items() if name not in names)]
