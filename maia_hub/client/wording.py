"""What the user holds and what went wrong, in plain words, for notebooks and terminals alike."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from maia_hub.client.choosing import SHORT, told_span
from maia_hub.client.models import BookingModel, ProjectModel, QueuePlace, Session, State, WaitlistEntry
from maia_hub.client.times import tell_duration, tell_time
from maia_hub.core.errors import MaiaError
from maia_hub.core.gpus import marked
from maia_hub.core.ids import DEFAULT_PROJECT
from maia_hub.core.leases import FIXED

PROJECT_COLUMNS = ("project", "you are", "GPUs now", "GPU-hours this week", "this month", "products")
COLUMNS = ("id", "GPUs", "when", "state", "note")
_VISITS = 3
"""So many visits are told."""
WISH_COLUMNS = ("id", "GPUs", "when", "how it stands")


def session_lines(session: Session, now: datetime, zone: tzinfo) -> list[str]:
    """Say what one running server holds and until when, and who else may open it, one fact per line."""
    return [*_held_lines(session, now, zone), *_visitor_lines(session, now, zone)]


def _visitor_lines(session: Session, now: datetime, zone: tzinfo) -> list[str]:
    lines = (
        [f"The staff of your class may open it: {', '.join(session.may_open)}."] if session.may_open else []
    )
    for visit in session.visits[:_VISITS]:
        since = tell_time(visit.since, now=now, zone=zone)
        lines.append(f"{visit.visitor} {f'is here, since {since}' if visit.here else f'was here: {since}'}.")
    return lines


def _held_lines(session: Session, now: datetime, zone: tzinfo) -> list[str]:
    if not session.gpus:
        switch = session.switch
        offer = f"You can have now: {switch.label}. Restart the server to get it." if switch else ""
        return [line for line in ("CPU: this server holds no GPU.", session.reason, offer) if line]
    names = [marked(gpu.product, simulated=gpu.simulated) for gpu in session.gpus]
    held = ", ".join(f"{names.count(name)} × {name}" for name in dict.fromkeys(names))
    how = (
        "booked" if session.kind == "booked" else "lent, and may be taken back when somebody's booking starts"
    )
    return [f"{held}, {how}.", *_end_lines(session, now, zone)]


def _end_lines(session: Session, now: datetime, zone: tzinfo) -> list[str]:
    if session.until is None:
        return ["No end is set."]
    left = tell_duration(session.until - now)
    lines = [f"Until {tell_time(session.until, now=now, zone=zone)} ({left} left)."]
    if session.next_holder and session.next_start:
        lines.append(f"Next: {session.next_holder}, {tell_time(session.next_start, now=now, zone=zone)}.")
    if session.fixed:
        lines.append(FIXED)
    if session.extendable_until and session.extendable_until > session.until:
        lines.append(f"You can extend until {tell_time(session.extendable_until, now=now, zone=zone)}.")
    return lines


def own_session(state: State, server: str) -> Session | None:
    """Return the session of the server called ``server``, None if it does not run."""
    return next((session for session in state.sessions if session.server == server), None)


def place_line(place: QueuePlace, now: datetime, zone: tzinfo) -> str:
    """Say where somebody stands in the line for an idle GPU, and when one can be expected."""
    name = marked(place.product, simulated=place.simulated)
    if place.accepted:
        return f"Your server is being restarted with an idle {name}."
    if place.offer_until:
        until = tell_time(place.offer_until, now=now, zone=zone)
        return f"An idle {name} is there for you, kept until {until}."
    when = "nobody knows yet when one comes free"
    if place.expected:
        when = f"expected {tell_time(max(place.expected, now), now=now, zone=zone)}"
    return f"You wait for an idle {name}: place {place.place} in line, {when}."


def wish_line(wish: WaitlistEntry, now: datetime, zone: tzinfo) -> str:
    """Say what somebody waits for on the waiting list, and how it stands."""
    _, gpus, when, stands = wish_row(wish, now, zone)
    return f"{gpus}, {when}: {stands.rstrip('.')}."


def wish_row(wish: WaitlistEntry, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return the cells of a wish under `WISH_COLUMNS`."""
    start, latest = (tell_time(at, now=now, zone=zone) for at in (wish.start, wish.latest_start))
    window = start if wish.latest_start == wish.start else f"{start} to {latest}"
    when = f"{tell_duration(timedelta(seconds=wish.duration))} from {window}"
    return str(wish.id)[:SHORT], f"{wish.gpus} × {wish.product}", when, _stands(wish, now, zone)


def _stands(wish: WaitlistEntry, now: datetime, zone: tzinfo) -> str:
    if wish.offer_until and wish.booking:
        start, until = (tell_time(at, now=now, zone=zone) for at in (wish.booking.start, wish.offer_until))
        return f"offered from {start}, kept for you until {until}: maia waitlist accept"
    if wish.place is None:
        return wish.state
    when = (
        f"expected {tell_time(wish.expected, now=now, zone=zone)}" if wish.expected else "nobody knows when"
    )
    return f"place {wish.place}, {when}" + (f"; passed over now: {wish.reason}" if wish.reason else "")


def project_row(project: ProjectModel) -> tuple[str, ...]:
    """Return the cells of a project under `PROJECT_COLUMNS`."""
    called = f"{project.name} ({project.title})" if project.title else project.name
    roles = ", ".join(role for role in project.roles if role != "member") or "member"
    products = "all" if project.products is None else ", ".join(project.products) or "none"
    return (
        called,
        roles,
        _of(project.gpus_now, project.gpus),
        _of(project.hours_this_week, project.hours_per_week),
        _of(project.hours_this_month, project.hours_per_month),
        products,
    )


def _of(taken: float, limit: float | None) -> str:
    return f"{taken:.4g}" if limit is None else f"{taken:.4g} of {limit:.4g}"


def booking_row(booking: BookingModel, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return the cells of a booking under `COLUMNS`."""
    state = f"{booking.state} ({booking.cause})" if booking.cause else booking.state
    state += ", one of a series" if booking.series else ""
    state += f", class {booking.of_class.name}, group {booking.of_class.group}" if booking.of_class else ""
    project = "" if booking.project == DEFAULT_PROJECT else f" for {booking.project}"
    gpus = f"{booking.gpus} × {booking.product}{project}"
    when = told_span(booking, now=now, zone=zone)
    return (str(booking.id)[:SHORT], gpus, when, state, booking.note)


def booking_line(booking: BookingModel, now: datetime, zone: tzinfo) -> str:
    """Say one booking in a line."""
    short, gpus, when, state, _note = booking_row(booking, now, zone)
    return f"{gpus}, {when}, {state} [{short}]"


def done_line(done: str, booking: BookingModel, zone: tzinfo) -> str:
    """Say what was done to a booking, and whose clock its times are."""
    line = booking_line(booking, datetime.now(timezone.utc), zone)
    return f"{done}: {line}. Times are in {zone}."


def changed_lines(done: str, booking: BookingModel, zone: tzinfo) -> list[str]:
    """Say the same of a change, and what it does not change."""
    lines = [done_line(done, booking, zone)]
    if booking.fixed_until:
        end = tell_time(booking.fixed_until, now=datetime.now(timezone.utc), zone=zone)
        lines.append(
            f"What runs by it now cannot follow: it ends {end}. A server is then restarted with the GPU."
        )
    return lines


def error_lines(error: MaiaError, zone: tzinfo | None = None) -> list[str]:
    """Say what happened, every rule that refused, what was given and allowed, and what to do next."""
    lines = [error.message]
    refusals = error.details.get("refusals")
    for refusal in refusals if isinstance(refusals, list) else []:
        lines.extend(_refusal_lines(refusal, zone, told=error.message))
    for label, value in (("given", error.given), ("allowed", error.allowed)):
        if value not in (None, "", []):
            lines.append(
                f"{label}: {', '.join(map(str, value)) if isinstance(value, list | tuple) else value}"
            )
    slot = error.details.get("next_free")
    if isinstance(slot, dict):
        lines.append(f"next free: {_moment(slot.get('start'), zone)} on {slot.get('node')}")
    if error.advice:
        lines.append(error.advice)
    return lines


def _refusal_lines(refusal: dict[str, Any], zone: tzinfo | None, told: str) -> list[str]:
    message, earliest = str(refusal.get("message", "")), refusal.get("earliest")
    lines = [f"{refusal.get('rule')}: {message}"] if message and message not in told else []
    if earliest:
        lines.append(f"earliest start that passes {refusal.get('rule')}: {_moment(earliest, zone)}")
    return lines


def _moment(text: object, zone: tzinfo | None) -> str:
    """Say a time of the wire in ``zone``; what is no time is said as it is."""
    try:
        at = datetime.fromisoformat(str(text).replace("Z", "+00:00")).astimezone(zone)
    except ValueError:
        return str(text)
    return f"{at:%Y-%m-%d %H:%M %Z}"
