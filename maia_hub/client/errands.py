"""What a person asks for in words, done by the client: one implementation behind ``%gpu`` and ``maia``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from pydantic import ValidationError

from maia_hub.client.choosing import SHORT, choose_booking, choose_pool
from maia_hub.client.models import (
    BookingChange,
    BookingModel,
    BookingRequest,
    PoolModel,
    ProjectModel,
    QueuePlace,
    SeriesModel,
    State,
    WaitlistEntry,
    WaitlistRequest,
)
from maia_hub.client.sync import Client
from maia_hub.client.times import parse_duration, parse_time
from maia_hub.core.errors import Conflict, InvalidInput

_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A booking in a person's words: ``2h`` of one ``A6000`` at ``tomorrow 9:00``."""

    duration: str
    at: str = "now"
    product: str | None = None
    gpus: int = 1
    project: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Free:
    """A kind of GPU, how many of it are free now, and when the next one is; None if not for two weeks."""

    pool: PoolModel
    now: int
    next: datetime | None


class Errands:
    """Reads words in ``zone``, names things the short way, and calls the service.

    ``own_booking`` is the id of the booking that this very server runs on, if it runs on one.
    """

    def __init__(self, client: Client, zone: tzinfo, own_booking: str | None = None) -> None:
        self._client = client
        self.zone = zone
        self._own = own_booking

    @property
    def client(self) -> Client:
        """What calls the service, for what needs no words to be read."""
        return self._client

    def state(self) -> State:
        """Return what the user holds and has booked."""
        return self._client.state()

    def free(self) -> list[Free]:
        """Return every kind of GPU with its free ones."""
        now = self._client.me().now
        calendar = self._client.calendar(now, now + _AHEAD)
        return [
            Free(
                entry.pool,
                entry.profile[0].free if entry.profile else 0,
                next((max(point.at, now) for point in entry.profile if point.free > 0), None),
            )
            for entry in calendar.pools
        ]

    def projects(self) -> list[ProjectModel]:
        """Return the user's projects."""
        return self._client.projects()

    def bookings(self, *, everybody: bool, past: bool) -> list[BookingModel]:
        """Return bookings in the order of their start; those that are over only if asked for."""
        states = () if past else ("requested", "confirmed", "active")
        found = self._client.bookings(mine=not everybody, state=states)
        return sorted(found, key=lambda booking: booking.start)

    def book(self, wish: Wish) -> BookingModel:
        """Make the wished booking."""
        return self._client.book(self.request(wish))

    def request(self, wish: Wish) -> BookingRequest:
        """Return the wish as the service is asked for it."""
        length = parse_duration(wish.duration)
        state = self._client.state()
        pool = choose_pool(state.pools, wish.product)
        start = parse_time(wish.at, now=state.now, zone=self.zone)
        return _request(wish, pool, start, start + length)

    def extend(self, by: str | None, until: str | None = None, booking: str | None = None) -> BookingModel:
        """Give a booking a later end: ``by`` a length or ``until`` a time."""
        if (by is None) == (until is None):
            raise InvalidInput(
                "An extension needs either a length or a new end.",
                advice="Say by how much (1h) or until when (--until 18:00).",
            )
        chosen, now = self._choose("extend", booking)
        if until is not None:
            return self._client.extend(chosen.id, parse_time(until, now=now, zone=self.zone))
        return self._client.extend(chosen.id, chosen.end + parse_duration(by or ""))

    def release(self, booking: str | None = None) -> BookingModel:
        """Give the GPUs of a running booking back."""
        return self._client.release(self._choose("release", booking)[0].id)

    def keep(self, booking: str | None = None) -> BookingModel:
        """Answer that a booking is needed whose GPUs were found to do nothing."""
        return self._client.keep(self._choose("release", booking, word="keep")[0].id)

    def cancel(self, booking: str | None = None) -> BookingModel:
        """Cancel a booking that has not begun."""
        return self._client.cancel(self._choose("cancel", booking)[0].id)

    def cancel_series(self, booking: str, *, following: bool) -> SeriesModel:
        """Cancel the whole series of a booking, or this one and the following ones."""
        chosen = self._named(booking)
        if chosen.series is None:
            raise Conflict("This booking does not repeat.", given=booking[:40], advice="Cancel it alone.")
        return self._client.cancel_series(chosen.series, chosen.id if following else None)

    def _named(self, given: str) -> BookingModel:
        """Return a live booking by the first characters of its id, whatever may be done to it."""
        state = self._client.state()
        mine = [booking for booking in state.bookings if booking.mine and booking.state != "ended"]
        return choose_booking(mine, given, "cancel", self.zone, state.now)

    def hand_over(self, booking: str | None, to: str) -> BookingModel:
        """Let a colleague of the same project have a booking, or what is left of it."""
        chosen, _ = self._choose("hand-over", booking)
        return self._client.hand_over(chosen.id, to, chosen.etag)

    def move(self, booking: str | None, at: str | None, duration: str | None) -> BookingModel:
        """Give a booking another start, another length, or both; what is not given stays."""
        if at is None and duration is None:
            raise InvalidInput(
                "A move needs a new start or a new length.", advice="Give --at TIME, --for LENGTH or both."
            )
        chosen, now = self._choose("move", booking)
        start = chosen.start if at is None else parse_time(at, now=now, zone=self.zone)
        length = chosen.end - chosen.start if duration is None else parse_duration(duration)
        return self._client.change(chosen.id, BookingChange(start=start, end=start + length))

    def move_to_next(self, booking: str | None) -> BookingModel:
        """Move a booking to the nearest slot like it that is free and within the rules."""
        chosen, _ = self._choose("move", booking)
        slots = self._client.offers(chosen.id)
        if not slots:
            raise Conflict(
                "No other slot of that length is free.", advice="Choose a shorter one: maia bookings move"
            )
        return self._client.change(
            chosen.id, BookingChange(start=slots[0].start, end=slots[0].end), chosen.etag
        )

    def wait(self, name: str | None, server: str) -> QueuePlace:
        """Let a running server wait for an idle GPU of the pool that ``name`` means."""
        return self._client.join_queue(choose_pool(self._client.state().pools, name).id, server)

    def take(self, server: str) -> QueuePlace:
        """Take the GPU that is offered to a server: it is restarted with it."""
        place = self._place(server)
        self._client.accept_offer(place.id)
        return place

    def leave(self, server: str) -> QueuePlace:
        """Give the server's place in the line up, or turn down what is offered."""
        place = self._place(server)
        self._client.leave_queue(place.id)
        return place

    def _place(self, server: str) -> QueuePlace:
        """Return the place of a server; one that was offered something goes before."""
        own = [place for place in self._client.state().queue if place.server == server]
        if not own:
            raise Conflict("This server waits for no GPU.", advice="Let it wait for one: maia wait")
        return min(own, key=lambda place: place.offer_until is None)

    def wait_for(self, wish: Wish, latest: str | None = None) -> WaitlistEntry:
        """Make the wished booking, or wait for it; it may begin until ``latest``."""
        length, state = parse_duration(wish.duration), self._client.state()
        start = parse_time(wish.at, now=state.now, zone=self.zone)
        until = None if latest is None else parse_time(latest, now=state.now, zone=self.zone)
        asked = _request(wish, choose_pool(state.pools, wish.product), start, start + length)
        return self._client.wait_for(WaitlistRequest(**dict(asked), latest_start=until))

    def waitlist(self, *, past: bool) -> list[WaitlistEntry]:
        """Return what the user waits for."""
        return self._client.waitlist(past=past)

    def accept_wish(self, given: str | None) -> BookingModel:
        """Take the booking that is offered."""
        return self._client.accept_wish(self._wish(given, offered=True).id)

    def decline_wish(self, given: str | None) -> WaitlistEntry:
        """Turn down the booking that is offered; return what it was offered for."""
        wish = self._wish(given, offered=True)
        self._client.decline_wish(wish.id)
        return wish

    def withdraw_wish(self, given: str | None) -> WaitlistEntry:
        """Wait no longer; return what was waited for."""
        wish = self._wish(given)
        self._client.withdraw_wish(wish.id)
        return wish

    def _wish(self, given: str | None, *, offered: bool = False) -> WaitlistEntry:
        """Return the wish whose id begins so, or the only one; with ``offered`` one to which something is offered."""
        mine = [w for w in self._client.waitlist() if not offered or w.state == "offered"]
        found = [w for w in mine if given is None or (given and str(w.id).startswith(given.lower()))]
        if len(found) == 1:
            return found[0]
        listed = [f"{str(w.id)[:SHORT]} ({w.gpus} × {w.product})" for w in mine]
        if not mine:
            told = "Nothing is offered to you." if offered else "You wait for no booking."
            raise Conflict(told, advice="See what you wait for: maia waitlist")
        told = "Several of your wishes could be meant." if found else "None of your wishes has such an id."
        raise InvalidInput(told, given=given, allowed=listed, advice="Give the first characters of an id.")

    def find(self, action: str, booking: str | None) -> BookingModel:
        """Return the booking that ``action`` would be done to."""
        return self._choose(action, booking)[0]

    def _choose(
        self, action: str, given: str | None, word: str | None = None
    ) -> tuple[BookingModel, datetime]:
        """Return the booking that ``action``, called ``word``, would be done to, and the time."""
        state = self._client.state()
        mine = [booking for booking in state.bookings if booking.mine and booking.state != "ended"]
        own = self._own if any(str(b.id) == self._own and action in b.may for b in mine) else None
        return choose_booking(mine, given or own, action, self.zone, state.now, word), state.now


def _request(wish: Wish, pool: PoolModel, start: datetime, end: datetime) -> BookingRequest:
    """Return the wish as the service is asked for it; InvalidInput if one of its words is none."""
    try:
        return BookingRequest(
            pool=pool.id, gpus=wish.gpus, start=start, end=end, project=wish.project, note=wish.note
        )
    except ValidationError as e:
        first = e.errors()[0]
        where, given = ".".join(map(str, first["loc"])), str(first["input"])[:60]
        raise InvalidInput(
            f"{where}: {first['msg']}.", given=given, advice="Correct this value and try again."
        ) from e
