"""Whatever people do in whatever order: never more leases than GPUs, never overbooked, no lease past its end."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import URL

from maia_hub.core.bookings import Booking, BookingEvent
from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import DEFAULT_PROJECT, PoolId, ServerName
from maia_hub.core.interval import Interval
from maia_hub.desk import Actor, Grant, Place
from tests.desk.office import ADA, BEN, EVE, NOON, Office, gpus
from tests.postgres.server import Server

PEOPLE = st.sampled_from([ADA, BEN, EVE])
SERVERS = st.sampled_from([ServerName(""), ServerName("second")])
MINUTES = st.integers(0, 90)


class Days(RuleBasedStateMachine):
    """Three people on two nodes of two GPUs each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.office = Office(self.where(), found=gpus(nodes=2, each=2))

    def where(self) -> Path | URL:
        """Return the folder for the database, or the database."""
        return Path(self.folder.name)

    def teardown(self) -> None:
        """Close what was opened."""
        self.office.close()
        self.folder.cleanup()

    def bookings(self) -> list[Booking]:
        """Return all bookings."""
        return self.office.desk.bookings(ADA, self.office.now)

    @rule(who=PEOPLE, start=MINUTES, length=st.integers(1, 60), n=st.integers(1, 2))
    def book(self, who: Actor, start: int, length: int, n: int) -> None:
        begin = (self.office.now - NOON) / timedelta(minutes=1) + start
        self._try(lambda: self.office.book(who, begin, begin + length, gpus=n))

    @precondition(lambda self: self.bookings())
    @rule(data=st.data(), minutes=st.integers(-30, 60))
    def change(self, data: st.DataObject, minutes: int) -> None:
        booking = data.draw(st.sampled_from(self.bookings()), "booking")
        end = booking.interval.end + timedelta(minutes=minutes)
        owner, now = Actor(booking.user), self.office.now
        if minutes > 0:
            self._try(lambda: self.office.desk.extend(owner, booking.id, end, now))
        else:
            self._try(lambda: self.office.desk.change(owner, booking.id, None, end, None, now))

    @precondition(lambda self: self.bookings())
    @rule(data=st.data(), event=st.sampled_from([BookingEvent.CANCEL, BookingEvent.RELEASE]))
    def end(self, data: st.DataObject, event: BookingEvent) -> None:
        booking = data.draw(st.sampled_from(self.bookings()), "booking")
        self._try(lambda: self.office.desk.end(Actor(booking.user), booking.id, event, "", self.office.now))

    @rule(
        who=PEOPLE,
        server=SERVERS,
        choice=st.sampled_from(["booked", "idle:a6000", "wait:a6000", "cpu"]),
        fixed=st.booleans(),
    )
    def start(self, who: Actor, server: ServerName, choice: str, fixed: bool) -> None:
        now = self.office.now
        given = self.office.desk.grant(who.user, server, DEFAULT_PROJECT, choice, now, fixed=fixed)
        if isinstance(given, Grant):
            self.office.desk.running(given.id, self.office.now)

    def places(self) -> list[Place]:
        """Return everybody's places in line."""
        states = (self.office.desk.state(who.user, self.office.now) for who in (ADA, BEN, EVE))
        return [place for state in states for place in state.queue]

    @rule(who=PEOPLE, server=SERVERS)
    def join_queue(self, who: Actor, server: ServerName) -> None:
        pool, now = PoolId("a6000"), self.office.now
        self._try(lambda: self.office.desk.join_queue(who.user, server, pool, now))

    @precondition(lambda self: self.places())
    @rule(data=st.data(), take=st.booleans())
    def answer(self, data: st.DataObject, take: bool) -> None:
        waiter = data.draw(st.sampled_from(self.places()), "place").waiter
        desk, now = self.office.desk, self.office.now
        answer = desk.accept_offer if take else desk.leave_queue
        self._try(lambda: answer(waiter.user, waiter.id, now))

    @precondition(lambda self: self.office.desk.live_leases(self.office.now))
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.office.desk.live_leases(self.office.now)), "lease")
        self.office.stop(lease.id)

    @rule(seconds=st.integers(1, 3000))
    def wait(self, seconds: int) -> None:
        """Let time pass as the loops see it: from one due moment to the next."""
        end = self.office.now + timedelta(seconds=seconds)
        while self.office.now < end:
            due = self.office.desk.due(self.office.now)
            assert due.next_at is None or due.next_at > self.office.now
            self.office.now = min(end, due.next_at or end)
            self.office.desk.tick(self.office.now)
            for job in self.office.desk.due(self.office.now).respawns:
                self.office.desk.mark_stopping(job.grant, job.cause, self.office.now)
                self.office.stop(job.grant)
                given = self.office.desk.grant(
                    job.user, job.server, DEFAULT_PROJECT, "booked", self.office.now
                )
                assert isinstance(given, Grant)
                assert given.gpus == () or job.cause in ("switch", "renewed")
                self.office.desk.respawned(job.user, job.server, self.office.now)

    def _try(self, action: object) -> None:
        try:
            action()  # type: ignore[operator]
        except MaiaError as e:
            assert e.message  # noqa: PT017 - that it speaks is all; which refusal it is, other tests ask

    @invariant()
    def every_gpu_has_one_holder(self) -> None:
        held = [gpu for lease in self.office.desk.live_leases(self.office.now) for gpu in lease.gpus]
        assert len(held) == len(set(held)) <= 4

    @invariant()
    def every_gpu_is_offered_to_one_and_nobody_has_two_places(self) -> None:
        waiting = [place.waiter for place in self.places()]
        offered = [waiter.gpu for waiter in waiting if waiter.gpu is not None]
        assert len(offered) == len(set(offered)) <= 4
        assert len({waiter.user for waiter in waiting}) == len(waiting)

    @invariant()
    def nobody_borrows_two_gpus(self) -> None:
        lent = [x.user for x in self.office.desk.live_leases(self.office.now) if x.booking is None]
        assert len(lent) == len(set(lent))

    @invariant()
    def no_node_is_overbooked(self) -> None:
        taken = [b for b in self.bookings() if b.occupied is not None]
        for booking in taken:
            at = booking.interval.start
            on_node = [b for b in taken if b.node == booking.node and b.occupied and b.occupied.contains(at)]
            assert sum(b.gpus for b in on_node) <= 2

    @invariant()
    def no_lease_exceeds_its_booking(self) -> None:
        leases = self.office.desk.live_leases(self.office.now)
        for booking in self.bookings():
            own = [x for x in leases if x.booking == booking.id]
            assert sum(len(x.gpus) for x in own) <= booking.gpus
            end = booking.interval.end if booking.ended_at is None else booking.ended_at
            assert all(x.until is not None and x.until <= end for x in own)

    @invariant()
    def no_live_lease_is_past_its_end(self) -> None:
        for lease in self.office.desk.live_leases(self.office.now):
            assert lease.until is None or lease.until > self.office.now

    @invariant()
    def the_books_balance(self) -> None:
        window = Interval(NOON, self.office.now + timedelta(minutes=1))
        for line in self.office.desk.account(window, self.office.now):
            assert line.booked >= 0
            assert line.idle <= line.booked + 1e-9


class DaysOnPostgresql(Days):
    """The same on the other kind of database."""

    server: ClassVar[Server]

    def where(self) -> URL:
        return self.server.database()


@pytest.fixture(scope="module", autouse=True)
def _server(postgresql: Server) -> None:
    """Give the test cases what fixtures cannot: they are made by hypothesis."""
    DaysOnPostgresql.server = postgresql


TestDays = Days.TestCase
TestDaysOnPostgresql = DaysOnPostgresql.TestCase
TestDays.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestDaysOnPostgresql.settings = settings(TestDays.settings, max_examples=4)
