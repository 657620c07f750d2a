"""What the API server said when it refused a pod, in words for its user: pure."""

from __future__ import annotations

import json
import re

_BOUND = 300
_QUOTA = re.compile(
    r"exceeded quota: (?P<name>[^,]+), requested: (?P<asked>.+), used: (?P<used>.+), limited: (?P<limit>.+)"
)
_REVIEWED = re.compile(
    r"(?:admission webhook \S+ denied the request|denied request): (?P<said>.+)", re.DOTALL
)

_WEBHOOK_FAILED = 500
UNANSWERED = (
    "The cluster's review of pods did not answer, so no GPU can be given now. "
    "Start on CPU, or try again in a minute."
)


def refusal(status: int | None, body: str | bytes | None) -> str:
    """Return why a pod was refused for good; "" if another try may help (a conflict, a server that is busy).

    The sentences are those of Kubernetes 1.36: the quota plug-in's, a webhook's or policy's, else the API server's own.
    A webhook that did not answer is told, too (`UNANSWERED`): the start is not tried again.
    """
    if status == _WEBHOOK_FAILED and "failed calling webhook" in _message(body):
        return UNANSWERED
    if status not in (400, 403, 422):
        return ""
    said = _message(body)
    if quota := _QUOTA.search(said):
        return _over_quota(*quota.group("asked", "used", "limit"))
    if reviewed := _REVIEWED.search(said):
        return reviewed.group("said").strip()[:_BOUND]
    return f"The cluster refused the server: {said[:_BOUND]}".strip(" :")


def _message(body: str | bytes | None) -> str:
    try:
        return str(json.loads(body or "{}").get("message") or "")
    except (ValueError, AttributeError):
        return body.decode(errors="replace") if isinstance(body, bytes) else str(body)


def _over_quota(asked: str, used: str, limit: str) -> str:
    uses, limits = _numbers(used), _numbers(limit)
    parts = [
        f"{_plain(name)}: {uses.get(name, '0')} of {limits.get(name, '?')} are in use, and this server needs {count}"
        for name, count in _numbers(asked).items()
    ]
    return (
        f"The quota of this project is used up ({'; '.join(parts)}). "
        "Stop another server, choose a smaller one, or ask the administrator."
    )


def _numbers(listed: str) -> dict[str, str]:
    return dict(each.strip().split("=", 1) for each in listed.split(",") if "=" in each)


def _plain(name: str) -> str:
    kind, _, what = name.partition(".")
    return what if kind in ("requests", "limits") and what else name
