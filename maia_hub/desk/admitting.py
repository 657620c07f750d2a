"""Use cases of the admission review: what a pod has a right to, and that it is the only one that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from maia_hub.core.amendments import Rules
from maia_hub.core.bookings import Booking
from maia_hub.core.errors import Conflict, Forbidden
from maia_hub.core.ids import GpuId, LeaseId
from maia_hub.core.leases import GrantKind, Lease, server_of_pod
from maia_hub.core.rights import Ask, Right, chosen
from maia_hub.desk.cases import Cases
from maia_hub.desk.holding import note_use
from maia_hub.desk.work import Work
from maia_hub.store.admissions import (
    PodName,
    found_free,
    found_right,
    found_running,
    free_of,
    right_of,
    running_of,
)
from maia_hub.store.decisions import Question

_EVENTS = 2
"""That a reservation may write: that its booking is in use, and the grant."""


class AdmittingCases(Cases):
    """What the review asks. Nothing here trusts what stands on the pod but the id of a grant or of a booking."""

    def right(self, grant: LeaseId, now: datetime, pod: PodName | None = None) -> Right:
        """Return what a grant gives a pod; `Forbidden` if that is no GPU, `Conflict` if it is another pod's."""
        right, admitted = _live(self._store.ask(right_of(grant)), grant, now)
        if pod is not None and admitted not in (None, pod):
            raise _second(admitted)
        return right

    def proposal(self, ask: Ask, grant: LeaseId, now: datetime) -> Right:
        """Return what a booking could give a pod now, as ``grant``; nothing is reserved."""
        running = found_running(self._store.ask(running_of(ask.user, now)))
        return _given(ask, grant, chosen(ask, running, now, self.closing))

    def admit(self, grant: LeaseId, pod: PodName, now: datetime, check: Callable[[Right], None]) -> Right:
        """Note that the pod is the one of its grant; `Conflict` if another one is.

        ``check`` raises if the pod is not what was granted: then nothing is noted.
        """
        with self._decide(now, right_of(grant)) as (work, (known,)):
            right, admitted = _live(known, grant, now)
            if admitted not in (None, pod):
                raise _second(admitted)
            check(right)
            if admitted is None:
                work.tx.admissions.add(grant, pod, now)
            return right

    def reserve(
        self, ask: Ask, grant: LeaseId, pod: PodName, now: datetime, check: Callable[[Right], None]
    ) -> Right:
        """Give the pod GPUs of a booking under the id ``grant``; the same pod may ask again.

        ``check`` as in `admit`.
        """
        questions = right_of(grant), running_of(ask.user, now), free_of(ask.user, now)
        with self._decide(now, *questions, events=_EVENTS) as (work, (rows, running, free)):
            known = found_right(rows)
            if known is not None and (known[1] != pod or known[0].user != ask.user):
                raise _second(known[1])
            if known is not None:
                check(known[0])
                return known[0]
            booking = chosen(ask, found_running(running), now, self.closing)
            right = _given(ask, grant, booking)
            check(right)
            _reserve(work, right, booking, pod, found_free(free, booking.node, ask.gpus))
            return right

    @contextmanager
    def _decide(
        self, now: datetime, *questions: Question, events: int = 0
    ) -> Iterator[tuple[Work, list[list[Any]]]]:
        """As `_write`, with all that is asked at the beginning: the API server waits, and so does who writes next."""
        with self._store.decide(*questions, events=events) as (tx, answers):
            work = Work(lambda: tx, now, self.closing, Rules(self.policies, self.projects))
            yield work, answers
        self._announce(work)


def _reserve(work: Work, right: Right, booking: Booking, pod: PodName, gpus: tuple[GpuId, ...]) -> None:
    lease = Lease(
        id=right.grant,
        kind=right.kind,
        user=right.user,
        server=server_of_pod(*pod),
        pool=booking.pool,
        node=booking.node,
        gpus=gpus,
        since=work.now,
        until=right.until,
        booking=booking.id,
        fixed=True,
        project=booking.project,
    )
    work.tx.leases.add(lease)
    work.tx.admissions.add(right.grant, pod, work.now)
    note_use(work, booking)
    after = {"pod": "/".join(pod), "gpus": list(lease.gpus), "until": booking.interval.end.isoformat()}
    work.record(
        right.user, "grant.booked", right.grant, right.user, reason="A pod was admitted.", after=after
    )


def _live(rows: Sequence[Any], grant: LeaseId, now: datetime) -> tuple[Right, PodName | None]:
    found = found_right(rows)
    if found is None or (found[0].until is not None and found[0].until <= now):
        raise Forbidden(
            "The grant on this pod gives no GPU, or none any more.",
            given=str(grant),
            allowed="a grant that is live",
            advice="Start the server from the hub's page.",
        )
    return found


def _given(ask: Ask, grant: LeaseId, booking: Booking) -> Right:
    return Right(
        grant=grant,
        kind=GrantKind.BOOKED,
        user=ask.user,
        resource=ask.resource,
        gpus=ask.gpus,
        node=booking.node,
        until=booking.interval.end,
        booking=booking.id,
        project=booking.project,
    )


def _second(admitted: PodName | None) -> Conflict:
    return Conflict(
        "Another pod already has this grant's GPU.",
        given="/".join(admitted) if admitted else None,
        allowed="one pod for each grant",
        advice="End that pod, or start the server from the hub's page.",
    )
