"""Why a pod ended, from what Kubernetes has written on it. Pure.

The words are those of Kubernetes 1.36: ``status.reason`` is written by the kubelet (active_deadline.go, eviction,
preemption, nodeshutdown, lifecycle/predicate.go); the condition ``DisruptionTarget`` by whoever removes a pod
(scheduler, eviction API, taint manager, pod garbage collector, kubelet); a container's reason by its runtime.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

_LONGEST = 200
Json = Mapping[str, Any]


class Cause(str, Enum):
    """What ended a pod."""

    DEADLINE = "deadline"
    OUT_OF_MEMORY = "out-of-memory"
    PREEMPTED = "preempted"
    EVICTED = "evicted"
    DRAINED = "drained"
    NODE_LOST = "node-lost"
    NODE_SHUTDOWN = "node-shutdown"
    REJECTED = "rejected"
    NOT_STARTED = "not-started"
    FAILED = "failed"
    FINISHED = "finished"
    DELETED = "deleted"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class End:
    """Why a pod ended: the cause, a sentence for its owner, and the exit code of its main container if it has one."""

    cause: Cause
    text: str
    exit_code: int | None = None


_SENTENCES = {
    Cause.DEADLINE: "The cluster ended the server, because its latest possible end was reached.",
    Cause.OUT_OF_MEMORY: "The server used more memory than it has ({limit}) and was ended. "
    "Load less at once, or choose a server with more memory.",
    Cause.PREEMPTED: "The server had to make room for one of higher priority, as a booked one is.",
    Cause.EVICTED: "The machine ran short and the server was ended there. {message}",
    Cause.DRAINED: "The server was asked to leave its machine, most likely for maintenance.",
    Cause.NODE_LOST: "The machine of the server was taken out of service, or can no longer be reached.",
    Cause.NODE_SHUTDOWN: "The machine of the server was shut down.",
    Cause.REJECTED: "The machine could not take the server ({reason}). {message}",
    Cause.NOT_STARTED: "The server's program could not be started ({reason}). {message}",
    Cause.FAILED: "The server ended by itself with an error (exit code {code}).",
    Cause.FINISHED: "The server ended by itself.",
    Cause.DELETED: "The server was stopped.",
    Cause.VANISHED: "The server was removed while the cluster could not be watched; nobody saw why.",
}
_BY_REASON = {
    "DeadlineExceeded": Cause.DEADLINE,
    "Evicted": Cause.EVICTED,
    "Preempting": Cause.EVICTED,  # for a pod that the node itself cannot do without
    "Terminated": Cause.NODE_SHUTDOWN,
    "NodeShutdown": Cause.REJECTED,
    "NodeLost": Cause.NODE_LOST,
    "UnexpectedAdmissionError": Cause.REJECTED,
}
_ADMISSION = re.compile(
    r"OutOf\S+|Outof\S+|Node(Affinity|Ports|Name|UnderDiskPressure)|Taint\S*|Pod\S+NotSupported"
)
_BY_DISRUPTION = {
    "PreemptionByScheduler": Cause.PREEMPTED,
    "EvictionByEvictionAPI": Cause.DRAINED,
    "DeletionByTaintManager": Cause.NODE_LOST,
    "DeletionByDeviceTaintManager": Cause.NODE_LOST,
    "DeletionByPodGC": Cause.NODE_LOST,
    "TerminationByKubelet": Cause.EVICTED,
}
_CANNOT_START = ("StartError", "ContainerCannotRun", "CreateContainerError", "CreateContainerConfigError")


def ended(pod: Json) -> bool:
    """Tell whether nothing of the pod runs any more: the kubelet says so only once its containers have stopped."""
    return (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded")


def ending(pod: Json) -> bool:
    """Tell whether the pod is to go and may still run: marked for deletion or disruption, or its server has ended.

    The kubelet writes down the end of a container about a second before the end of the pod.
    """
    return removed(pod) or _disruption(pod) is not None or _main_has_ended(pod)


def removed(pod: Json) -> bool:
    """Tell whether somebody has deleted the pod; it may still run for the time it was given."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def why(pod: Json) -> End:
    """Return why a pod that is ending or has ended does; `Cause.VANISHED` if it carries no sign of it."""
    cause = _cause(pod)
    status = pod.get("status") or {}
    state = _last_state(pod)
    said = status.get("message") or state.get("message") or ""
    text = _SENTENCES[cause].format(
        limit=_memory_limit(pod),
        message=" ".join(str(said).split())[:_LONGEST],
        reason=status.get("reason") or state.get("reason") or "no reason given",
        code=state.get("exitCode"),
    )
    return End(cause, text.strip(), state.get("exitCode"))


def plain(cause: Cause) -> End:
    """Return the end of a pod of which nothing is known but the cause."""
    return End(cause, _SENTENCES[cause])


def _cause(pod: Json) -> Cause:
    """The kubelet's own word counts first, then who removed the pod, then what its containers died of."""
    reason = (pod.get("status") or {}).get("reason") or ""
    if reason in _BY_REASON:
        return _BY_REASON[reason]
    if _ADMISSION.fullmatch(reason):
        return Cause.REJECTED
    disruption = _disruption(pod)
    if disruption is not None:
        return _BY_DISRUPTION.get(disruption, Cause.DRAINED)
    of_itself = _of_itself(pod)
    requested = _removal_requested(pod)
    if requested is not None and (of_itself is None or not _before(_last_state(pod), requested)):
        return Cause.DELETED
    return of_itself or Cause.VANISHED


def _main_has_ended(pod: Json) -> bool:
    spec = pod.get("spec") or {}
    main = next((each["name"] for each in spec.get("containers") or []), None)
    return spec.get("restartPolicy") == "Never" and any(name == main for name, _ in _terminated(pod))


def _of_itself(pod: Json) -> Cause | None:
    """Return what the containers ended with, None if they have not."""
    states = [state for _, state in _terminated(pod)]
    if any(state.get("reason") == "OOMKilled" for state in states):
        return Cause.OUT_OF_MEMORY
    state = _last_state(pod)
    if state.get("reason") in _CANNOT_START:
        return Cause.NOT_STARTED
    phase = (pod.get("status") or {}).get("phase")
    if phase == "Succeeded" or (state and state.get("exitCode") == 0 and phase != "Failed"):
        return Cause.FINISHED
    return Cause.FAILED if state or phase == "Failed" else None


def _disruption(pod: Json) -> str | None:
    for condition in (pod.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "DisruptionTarget" and condition.get("status") == "True":
            return str(condition.get("reason") or "")
    return None


def _terminated(pod: Json) -> Iterator[tuple[str, Json]]:
    """The ended containers, the main one (the first of the pod's) first."""
    status = pod.get("status") or {}
    order = [each["name"] for each in (pod.get("spec") or {}).get("containers") or []]
    main = sorted(
        status.get("containerStatuses") or [],
        key=lambda each: order.index(each["name"]) if each["name"] in order else len(order),
    )
    for each in [*main, *(status.get("initContainerStatuses") or [])]:
        state = (each.get("state") or {}).get("terminated")
        if state:
            yield each["name"], state


def _last_state(pod: Json) -> Json:
    """Return the end of the container that ended the pod: the first that failed, else the main one's."""
    states = [state for _, state in _terminated(pod)]
    oom = [state for state in states if state.get("reason") == "OOMKilled"]
    failed = [state for state in states if state.get("exitCode")]
    return next(iter([*oom, *failed, *states]), {})


def _removal_requested(pod: Json) -> datetime | None:
    """Return when somebody asked for the pod to go: the API's mark lies later by the time the pod was given."""
    metadata = pod["metadata"]
    if not metadata.get("deletionTimestamp"):
        return None
    return moment(metadata["deletionTimestamp"]) - timedelta(
        seconds=metadata.get("deletionGracePeriodSeconds") or 0
    )


def _before(state: Json, requested: datetime) -> bool:
    finished = state.get("finishedAt")
    return finished is not None and moment(finished) < requested


def _memory_limit(pod: Json) -> str:
    dead = next((name for name, state in _terminated(pod) if state.get("reason") == "OOMKilled"), None)
    for container in (pod.get("spec") or {}).get("containers") or []:
        limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
        if container["name"] == dead and limit:
            return str(limit)
    return "no limit of its own"


def moment(text: str) -> datetime:
    """Read a time as Kubernetes writes it; Python 3.10 does not know the Z."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
