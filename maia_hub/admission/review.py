"""The two reviews: what a pod is given, and whether the pod that came of it may be stored."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from maia_hub.admission import asking, comparing, filling
from maia_hub.admission.reviews import Json, Pod, Request, allowed, refused
from maia_hub.admission.rules import Rules
from maia_hub.core import marks
from maia_hub.core.errors import Forbidden, MaiaError, Unavailable
from maia_hub.core.ids import LeaseId, new_lease_id
from maia_hub.core.leases import GrantKind
from maia_hub.core.rights import Ask, Right
from maia_hub.desk import Desk

_log = logging.getLogger(__name__)
_LONGEST = 900


class Reviewer:
    """Answers reviews; may be called from several threads."""

    def __init__(self, desk: Desk, rules: Rules, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._rules = rules
        self._clock = clock

    def mutate(self, request: Request, raw: Json) -> Json:
        """Answer with what the pod is given, ``raw`` being the pod as it came; nothing is reserved."""
        return self._answer(request, lambda: self._given(request, raw))

    def validate(self, request: Request) -> Json:
        """Answer whether the pod may be stored, and reserve what it has; a dry run reserves nothing."""
        return self._answer(request, lambda: self._check(request))

    def _answer(self, request: Request, decide: Callable[[], list[Json] | None]) -> Json:
        try:
            return allowed(request.uid, decide())
        except MaiaError as e:
            code, reason = (503, "ServiceUnavailable") if isinstance(e, Unavailable) else (403, "Forbidden")
            said = sentence(e)
        except Exception:
            _log.exception("the review of a pod in %s failed", request.namespace)
            code, reason = 500, "InternalError"
            said = "The review of this pod failed; the administrator finds the reason in the review's log."
        _log.info("a pod of %s in %s was refused: %s", request.user.username[:120], request.namespace, said)
        return refused(request.uid, code, reason, said)

    # ---- mutate

    def _given(self, request: Request, raw: Json) -> list[Json]:
        gpus = asking.gpus(request.pod.spec, self._rules)
        if asking.of_platform(request, self._rules):
            if filling.says_all(request.pod, gpus, self._rules):
                return []  # a server's start waits for us: the other review looks at its grant
            right = self._desk.right(_grant(request.pod), self._clock())
            booked = right.kind is GrantKind.BOOKED and request.pod.spec.deadline is None
            time = filling.Time(left) if booked and (left := self._left(right)) else None
        else:
            _refuse_marks(request.pod)
            right = self._desk.proposal(self._ask(request, gpus), new_lease_id(), self._clock())
            time = self._time(right)
        return filling.patch(raw, request.pod, right, self._rules, time)

    # ---- validate

    def _check(self, request: Request) -> None:
        pod, name, now = request.pod, (request.namespace, request.pod.metadata.name), self._clock()
        gpus = asking.gpus(pod.spec, self._rules)
        grant = _grant(pod)
        if asking.of_platform(request, self._rules):

            def check(right: Right) -> None:
                comparing.compare(pod, gpus, right, self._rules)
                comparing.compare_user(pod, right)

            if request.dry_run:
                check(self._desk.right(grant, now, name))
            else:
                self._desk.admit(grant, name, now, check)
            return

        def check_with_end(right: Right) -> None:
            comparing.compare(pod, gpus, right, self._rules)
            comparing.compare_end(pod, self._time(right))

        ask = self._ask(request, gpus)
        if request.dry_run:
            check_with_end(self._desk.proposal(ask, grant, now))
        else:
            self._desk.reserve(ask, grant, name, now, check_with_end)

    def _ask(self, request: Request, gpus: asking.Gpus) -> Ask:
        return Ask(
            user=asking.asker(request, self._rules),
            resource=gpus.resource,
            gpus=gpus.count,
            booking=request.pod.annotation(marks.BOOKING),
        )

    def _left(self, right: Right) -> int | None:
        return filling.seconds_left(right, self._clock())

    def _time(self, right: Right) -> filling.Time | None:
        """Return the time of a pod that no hub made: it is stopped when a session would be, and killed at the end."""
        left = self._left(right)
        return None if left is None else filling.Time(left, int(self._desk.closing.drain.total_seconds()))


def sentence(error: MaiaError) -> str:
    """Return what happened, what is allowed and what to do next, in a line that the API server shows."""
    permitted = error.allowed
    if isinstance(permitted, list):
        permitted = ", ".join(map(str, permitted[:5])) or None
    parts = [error.message, f"Allowed: {permitted}." if permitted else "", error.advice or ""]
    return " ".join(part for part in parts if part)[:_LONGEST]


def _grant(pod: Pod) -> LeaseId:
    text = pod.label(marks.GRANT)
    try:
        return LeaseId(UUID(text or ""))
    except ValueError as e:
        raise Forbidden(
            "This pod asks for a GPU and carries no grant.",
            given=(text or "")[:80],
            allowed="a pod of MaiaSpawner, whose booking is switched on",
            advice="Start the server from the hub's page; tell the administrator if it was.",
        ) from e


def _refuse_marks(pod: Pod) -> None:
    found = list(comparing.foreign_marks(pod))
    if found:
        raise Forbidden(
            f"Labels and annotations maia.io/… are written by the platform alone; this pod has {found[0][:80]}.",
            given=found[:5],
            allowed="the annotation maia.io/booking with a booking of your own",
            advice="Remove it from the pod.",
        )
