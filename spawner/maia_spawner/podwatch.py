"""What happens to a starting pod, and why it will never be ready, in words for its user: pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

_SAID = {
    "Scheduled": "A machine was found for your server.",
    "Pulling": "The image of your server is being fetched; the first time on a machine this takes a few minutes.",
    "Pulled": "The image is there.",
    "Created": "The server is being set up.",
    "Started": "The server starts.",
    "FailedScheduling": "No machine has room for your server yet: {message}",
    "NotTriggerScaleUp": "No further machine can be added for your server: {message}",
    "TriggeredScaleUp": "A further machine is being started for your server; this takes a few minutes.",
    "Preempted": "Your server has to make room for one of higher priority.",
    "FailedMount": "The storage of your server is not there yet: {message}",
    "FailedAttachVolume": "The storage of your server is not there yet: {message}",
    "SuccessfulAttachVolume": "The storage of your server is there.",
    "FailedCreatePodSandBox": "The machine could not set your server up and tries again: {message}",
    "BackOff": "The machine waits before it tries again: {message}",
    "Failed": "The machine reports an error and may try again: {message}",
    "Unhealthy": "The server does not answer yet.",
}
"""Reasons of events (the kubelet's, the scheduler's, the autoscaler's), as of Kubernetes 1.36."""
_NEVER = (
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
)
_BOUND = 300


def happening(event: dict[str, Any]) -> str:
    """Return what an event of a starting pod means; one that is not known is repeated as it is."""
    message = " ".join(str(event.get("message") or "").split())[:_BOUND]
    return _SAID.get(str(event.get("reason")), "{message}").format(message=message)


def was_preempted(events: Iterable[dict[str, Any]], since: datetime) -> bool:
    """Tell whether the scheduler took a pod's place for another one; ``events`` are those of the pod's name."""
    second = since.replace(microsecond=0)
    return any(
        event.get("reason") == "Preempted"
        and datetime.fromisoformat(event["metadata"]["creationTimestamp"].replace("Z", "+00:00")) >= second
        for event in events
    )


def failure(pod: dict[str, Any]) -> str:
    """Return why the pod, as the API has it, cannot become ready any more; "" while it still may.

    Reasons are the kubelet's (Kubernetes API, ContainerStateWaiting and PodStatus). A pull that fails is tried again by
    the kubelet (ImagePullBackOff), so it is no end.
    """
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return "The server's pod is being deleted while it starts. Start again, please."
    if status.get("phase") in ("Failed", "Succeeded"):
        return f"The server ended while it started{_why(status)}. Start again, or ask the administrator."
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _NEVER:
            said = str(waiting.get("message") or "")[:_BOUND]
            return f"The container {container['name']} cannot start ({waiting['reason']}): {said}".rstrip(
                ": "
            )
    return ""


def _why(status: dict[str, Any]) -> str:
    if status.get("reason"):
        return f" ({status['reason']}: {str(status.get('message') or '')[:_BOUND]})".replace(": )", ")")
    for container in status.get("containerStatuses") or []:
        ended = (container.get("state") or {}).get("terminated") or {}
        if ended:
            return f" ({ended.get('reason', 'Error')}, exit status {ended.get('exitCode')})"
    return ""
