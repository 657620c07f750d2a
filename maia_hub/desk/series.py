"""Use cases of bookings that repeat: look at every date, book them, cancel what is left of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from maia_hub.core.bookings import Booking, BookingEvent, BookingState
from maia_hub.core.errors import Conflict, Forbidden, MaiaError, NotFound, Refused
from maia_hub.core.ids import BookingId, SeriesId, new_series_id
from maia_hub.core.interval import zone_called
from maia_hub.core.series import Occurrence, Series
from maia_hub.desk.booking import BookingCases
from maia_hub.desk.ending import EndingCases
from maia_hub.desk.people import Actor
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.recurrence import dates
from maia_hub.desk.refusing import known, missing_of
from maia_hub.desk.values import Asked
from maia_hub.desk.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A wish to book again and again: ``asked`` is the first time, ``rule`` an RRULE that is read in ``zone``.

    ``partly``: what cannot be had is left out; otherwise all dates are booked or none is.
    """

    asked: Asked
    rule: str
    zone: str
    skip: tuple[date, ...] = ()
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Dated:
    """One date of a series: its booking, or why there is none."""

    occurrence: Occurrence
    booking: Booking | None
    error: MaiaError | None = None


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series, its bookings by their start, and the dates of which there are none."""

    series: Series
    bookings: tuple[Booking, ...]
    missing: tuple[Dated, ...] = ()


class SeriesCases(BookingCases, EndingCases):
    """What people do with series of bookings."""

    def check_series(self, actor: Actor, wish: Repeated, now: datetime) -> list[Dated]:
        """Say of every date whether it could be booked after those before it; nothing is booked.

        All are booked as they would be, but not written: no other reckoning could know better.
        """
        with self._rehearse(now) as work:
            return self._try_all(work, actor, wish, None)

    def book_series(self, actor: Actor, wish: Repeated, now: datetime) -> SeriesView:
        """Book all dates of a series, or those that can be had; `Refused` with every date that cannot."""
        with self._write(now) as work:
            series = Series(
                id=new_series_id(),
                user=actor.user,
                project=wish.asked.project,
                rule=wish.rule,
                zone=wish.zone,
                skip=wish.skip,
                created=now,
            )
            work.tx.series.add(series)
            tried = self._try_all(work, actor, wish, series.id)
            missing = missing_of(tried, partly=wish.partly)
            made = tuple(each.booking for each in tried if each.booking is not None)
            facts = {"rule": wish.rule, "zone": wish.zone, "booked": len(made), "left_out": len(missing)}
            work.record(actor.user, "series.booked", series.id, actor.user, after=facts)
            return SeriesView(series, made, missing)

    def series(self, actor: Actor, series_id: SeriesId, now: datetime) -> SeriesView:
        """Return a series of the actor's own, to an administrator anybody's, with all its bookings."""
        with self._read(now) as work:
            found = _known(work, actor, series_id, look=True)
            return SeriesView(found, tuple(work.tx.bookings.of_series(series_id)))

    def all_series(self, actor: Actor, now: datetime) -> list[SeriesView]:
        """Return the actor's series that have bookings to come, with these, by the next of them."""
        with self._read(now) as work:
            coming: dict[SeriesId, list[Booking]] = {}
            for booking in work.live_of(actor.user):
                if booking.series is not None and booking.interval.end > now:
                    coming.setdefault(booking.series, []).append(booking)
            own = [series for series in work.tx.series.of_user(actor.user) if series.id in coming]
            views = [SeriesView(series, tuple(coming[series.id])) for series in own]
            return sorted(views, key=lambda view: view.bookings[0].interval.start)

    def cancel_series(
        self, actor: Actor, series_id: SeriesId, since: BookingId | None, now: datetime
    ) -> SeriesView:
        """Cancel what is not used yet of a series, from one of its bookings on if it is named.

        A booking that a server uses is left: it is released by itself.
        """
        with self._write(now) as work:
            series = _known(work, actor, series_id)
            start = known(work, since).interval.start if since is not None else None
            for booking in work.tx.bookings.of_series(series_id):
                waits = booking.state is BookingState.CONFIRMED and booking.interval.end > now
                if waits and (start is None or booking.interval.start >= start):
                    reason = "cancelled by its owner, with its series"
                    self._end(work, actor, booking, BookingEvent.CANCEL, reason)
            reclaim(work)
            return SeriesView(series, tuple(work.tx.bookings.of_series(series_id)))

    def _try_all(self, work: Work, actor: Actor, wish: Repeated, series: SeriesId | None) -> list[Dated]:
        zone = zone_called(wish.zone)
        tried = []
        for occurrence in dates(wish.asked.interval, wish.rule, zone, wish.skip):
            asked = replace(wish.asked, interval=occurrence.interval)
            try:
                tried.append(Dated(occurrence, self._book(work, actor, asked, series)))
            except (Refused, Conflict) as error:
                tried.append(Dated(occurrence, None, error))
        return tried


def _known(work: Work, actor: Actor, series_id: SeriesId, *, look: bool = False) -> Series:
    found = work.tx.series.get(series_id)
    if found is None:
        raise NotFound("There is no such series.", given=str(series_id), advice="Look at the list of series.")
    if found.user != actor.user and not (look and actor.admin):
        raise Forbidden(
            "This series belongs to somebody else.", given=str(series_id), allowed="your own series"
        )
    return found
