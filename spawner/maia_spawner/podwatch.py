"""Why a starting pod will never be ready, in words for its user: pure."""

from __future__ import annotations

from typing import Any

_NEVER = (
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
)
_BOUND = 300


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
