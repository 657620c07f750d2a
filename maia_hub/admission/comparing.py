"""Whether a pod, as it will be stored, is what it has a right to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from maia_hub.admission.asking import Gpus
from maia_hub.admission.filling import PRIORITIES, Time, bound
from maia_hub.admission.reviews import Pod
from maia_hub.admission.rules import Rules
from maia_hub.core import marks
from maia_hub.core.errors import Forbidden
from maia_hub.core.machines import machine_of
from maia_hub.core.rights import Right

_LATE = 5
"""Seconds by which a deadline that was right may be wrong when the review comes to compare it."""


def compare(pod: Pod, gpus: Gpus, right: Right, rules: Rules) -> None:
    """Raise `Forbidden` if the pod asks for other GPUs than its right, or could run elsewhere or at another rank."""
    machine = machine_of(right.node)
    checks = [
        ("GPUs", str(gpus), str(Gpus(right.resource, right.gpus))),
        ("node", machine if bound(pod, machine) else pod.spec.node_name or "any", machine),
        ("label maia.io/grant", pod.label(marks.GRANT), str(right.grant)),
        ("label maia.io/kind", pod.label(marks.KIND), right.kind.value),
    ]
    if rules.priorities and right.kind in PRIORITIES:
        checks.append(("priority class", pod.spec.priority_class, PRIORITIES[right.kind]))
    for what, given, allowed in checks:
        if given != allowed:
            raise _other(what, given, allowed)


def compare_user(pod: Pod, right: Right) -> None:
    """Raise `Forbidden` unless the hub made the pod for the user who has the right."""
    named = pod.annotation(marks.USERNAME)
    if named != right.user:
        raise _other(f"annotation {marks.USERNAME}", named, right.user)


def compare_end(pod: Pod, time: Time | None) -> None:
    """Raise `Forbidden` unless nothing of the pod is left when its right ends, whatever it does when it is stopped."""
    if time is None:
        return
    if time.drain is not None and pod.spec.grace > time.drain:
        raise _other("terminationGracePeriodSeconds", pod.spec.grace, f"up to {time.drain}")
    for _, _, container in pod.spec.groups():
        for probe, grace in container.probe_graces.items():
            if time.drain is not None and grace > time.drain:
                raise _other(f"terminationGracePeriodSeconds of a {probe}", grace, f"up to {time.drain}")
    deadline = pod.spec.deadline
    if deadline is None or deadline > time.deadline(pod) + _LATE:
        raise _other("activeDeadlineSeconds", "none" if deadline is None else deadline, time.deadline(pod))


def foreign_marks(pod: Pod) -> Iterator[str]:
    """Yield the platform's marks on a pod that is not the platform's; naming a booking is everybody's right."""
    for key in pod.metadata.labels or {}:
        if key.startswith(marks.PREFIX):
            yield f"label {key}"
    for key in pod.metadata.annotations or {}:
        if key.startswith(marks.PREFIX) and key != marks.BOOKING:
            yield f"annotation {key}"


def _other(what: str, given: object, allowed: object) -> Forbidden:
    return Forbidden(
        f"This pod is not what was granted: {what} is “{str(given)[:80]}”, granted is “{allowed}”.",
        given=given,
        allowed=allowed,
        advice="Change the pod, or book what it asks for.",
    )
