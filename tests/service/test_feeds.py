"""Calendar feeds as calendar programs read them: text, caching, keys, and who may see what."""

from __future__ import annotations

import io
import logging
import re
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from icalendar import Calendar
from vobject.base import readOne

from maia_hub.client.models import BookingChange, FeedRequest, GrantRequest, NewFeedModel
from maia_hub.core.errors import Conflict, Forbidden, NotFound
from tests.service.conftest import Running, ask

POOL = "simulated-gpu"


def subscribe(service: Running, user: str = "alice", **asked: str) -> NewFeedModel:
    return service.client(user).add_feed(FeedRequest.model_validate(asked))


def get(service: Running, feed: NewFeedModel, **headers: str) -> httpx.Response:
    """Read a feed as a calendar program does: by its address alone."""
    parts = urlsplit(service.url)
    return httpx.get(f"{parts.scheme}://{parts.netloc}{feed.path}", headers=headers)


def read(service: Running, feed: NewFeedModel) -> list[Any]:
    answer = get(service, feed)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert [e for event in calendar.events for e in event.errors] == []
    assert readOne(answer.text).serialize()  # validates every component
    return list(calendar.events)


def test_ones_own_bookings_are_shown_in_full_in_utc(service: Running) -> None:
    booked = service.client("alice").book(ask(service, note="thesis; part 1, with µ"))
    (event,) = read(service, subscribe(service))
    assert event["uid"] == str(booked.id)
    assert (event.start, event.end) == (booked.start, booked.end)
    assert event.start.tzinfo is timezone.utc or event.start.utcoffset() == timedelta(0)
    assert event["summary"] == f"1 × {booked.product}"
    assert event["location"] == "here"
    assert str(event["description"]).splitlines()[0] == "thesis; part 1, with µ"
    assert (event["status"], event["transp"]) == ("CONFIRMED", "OPAQUE")


def test_two_programs_read_the_same_from_it(service: Running) -> None:
    service.client("alice").book(ask(service, note="a; b, c\\d\nsecond line " + "long " * 25))
    feed = subscribe(service)
    (event,) = read(service, feed)
    other = readOne(get(service, feed).text).vevent
    assert other.uid.value == event["uid"]
    assert (other.dtstart.value, other.dtend.value) == (event.start, event.end)
    assert other.description.value == str(event["description"])
    assert other.valarm.trigger.value == event.alarms.times[0].trigger - event.end


def test_no_line_is_longer_than_the_standard_allows_and_each_ends_as_it_says(service: Running) -> None:
    service.client("alice").book(ask(service, note="Δ" * 200))
    content = get(service, subscribe(service)).content
    assert content.endswith(b"\r\n")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_an_alarm_comes_before_the_end_while_there_is_still_time(service: Running) -> None:
    longest = service.desk.closing.warnings[0]
    service.client("alice").book(ask(service))
    feed = subscribe(service)
    (event,) = read(service, feed)
    assert [each.trigger for each in event.alarms.times] == [event.end - longest]
    service.client("alice").cancel(service.client("alice").bookings()[0].id)
    assert read(service, feed)[0].walk("VALARM") == []


def test_a_moved_booking_is_the_same_entry_with_a_higher_sequence(service: Running) -> None:
    alice = service.client("alice")
    booked = alice.book(ask(service))
    feed = subscribe(service)
    (before,) = read(service, feed)
    service.clock.shift += timedelta(minutes=5)
    later = booked.start + timedelta(hours=2)
    alice.change(booked.id, BookingChange(start=later, end=later + timedelta(hours=1)))
    (after,) = read(service, feed)
    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["last-modified"].dt - before["last-modified"].dt >= timedelta(minutes=4)
    assert after.start == later


def test_a_cancelled_booking_is_shown_as_cancelled_for_a_month(service: Running) -> None:
    booked = service.client("alice").book(ask(service))
    feed = subscribe(service)
    service.client("alice").cancel(booked.id)
    (event,) = read(service, feed)
    assert (event["status"], event["sequence"]) == ("CANCELLED", 1)
    assert (event.start, event.end) == (booked.start, booked.end)
    service.clock.shift += timedelta(days=29)
    assert len(read(service, feed)) == 1
    service.clock.shift += timedelta(days=3)
    assert read(service, feed) == []


def test_a_released_booking_ends_when_it_was_released(service: Running) -> None:
    booked = service.client("alice").book(ask(service, start=service.soon(seconds=1)))
    service.clock.shift += timedelta(minutes=10)
    feed = subscribe(service)
    service.spawner().grant(GrantRequest(user="alice", choice="booked"))
    service.client("alice").release(booked.id)
    (event,) = read(service, feed)
    assert event["status"] == "CONFIRMED"
    assert booked.start < event.end < booked.end


def test_others_bookings_are_shown_as_the_calendar_shows_them(service: Running) -> None:
    service.client("bob").book(ask(service, note="bob's own words"))
    service.client("alice").book(ask(service, note="mine"))
    events = {str(e["summary"]): e for e in read(service, subscribe(service, kind="pool", of=POOL))}
    assert set(events) == {"1 × Simulated GPU", "1 × Simulated GPU (bob)"}
    others = events["1 × Simulated GPU (bob)"]
    assert "bob's own words" not in others.to_ical().decode()
    assert others["transp"] == "TRANSPARENT"
    assert [e.walk("VALARM") for e in events.values()] == [[], []]  # once, in one's own feed


def test_an_administrators_feed_shows_no_more_than_anybodys(service: Running) -> None:
    service.client("bob").book(ask(service, note="bob's own words"))
    browser = service.signed_in("admin")
    made = browser.post(f"{service.api}/feeds", json={"kind": "pool", "of": POOL}).json()
    assert "own words" not in get(service, NewFeedModel(**made)).text


def test_ones_own_feed_holds_nobody_elses_bookings(service: Running) -> None:
    service.client("bob").book(ask(service))
    assert read(service, subscribe(service)) == []


def test_a_projects_feed_is_for_its_members(service: Running) -> None:
    service.client("bob").book(ask(service))
    assert len(read(service, subscribe(service, kind="project", of="default"))) == 1
    with pytest.raises(Forbidden):
        subscribe(service, kind="project", of="another")


def test_a_feed_is_not_sent_again_as_long_as_nothing_changed(service: Running) -> None:
    alice = service.client("alice")
    booked = alice.book(ask(service))
    feed = subscribe(service)
    first = get(service, feed)
    assert "private" in first.headers["cache-control"]
    tag = first.headers["etag"]
    same = get(service, feed, **{"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert get(service, feed).content == first.content
    alice.cancel(booked.id)
    assert get(service, feed, **{"If-None-Match": tag}).status_code == 200


def test_a_head_request_answers_like_a_get_without_its_body(service: Running) -> None:
    feed = subscribe(service)
    parts = urlsplit(service.url)
    answer = httpx.head(f"{parts.scheme}://{parts.netloc}{feed.path}")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_wrong_key_and_no_feed_get_the_same_answer(service: Running) -> None:
    feed = subscribe(service)
    right = feed.path
    answers = [
        get(service, feed.model_copy(update={"path": path}))
        for path in (
            right[:-1] + ("A" if right[-1] != "A" else "B"),
            right.partition("?")[0],
            right.partition("?")[0] + "?key=",
            right.replace(str(feed.id), str(uuid4())),
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_the_key_opens_its_feed_and_nothing_else(service: Running) -> None:
    feed, bobs = subscribe(service), subscribe(service, "bob")
    key = feed.path.partition("key=")[2]
    swapped = bobs.path.partition("key=")[0] + key
    assert get(service, bobs.model_copy(update={"path": swapped})).status_code == 404
    assert service.raw(key).get("me").status_code == 401
    assert service.raw().get(f"me?key={key}").status_code == 401
    assert service.raw().get(f"feeds?key={key}").status_code == 401


def test_a_renewed_feed_has_another_address_and_the_old_one_leads_nowhere(service: Running) -> None:
    alice = service.client("alice")
    old = subscribe(service)
    new = alice.renew_feed(old.id)
    assert (new.id, new.created) == (old.id, old.created)
    assert new.path != old.path
    assert (get(service, old).status_code, get(service, new).status_code) == (404, 200)


def test_a_revoked_feed_leads_nowhere(service: Running) -> None:
    alice = service.client("alice")
    feed = subscribe(service)
    alice.revoke_feed(feed.id)
    assert get(service, feed).status_code == 404
    assert alice.feeds() == []


def test_nobody_touches_anothers_feed(service: Running) -> None:
    feed, bob = subscribe(service), service.client("bob")
    for touch in (bob.renew_feed, bob.revoke_feed):
        with pytest.raises(NotFound):
            touch(feed.id)
    assert bob.feeds() == []
    assert get(service, feed).status_code == 200


def test_one_subscribes_once_and_to_what_there_is(service: Running) -> None:
    subscribe(service)
    with pytest.raises(Conflict, match="already"):
        subscribe(service)
    subscribe(service, kind="pool", of=POOL)
    with pytest.raises(NotFound, match="no such GPU pool"):
        subscribe(service, kind="pool", of="none")
    assert [(f.kind, f.of) for f in service.client("alice").feeds()] == [("own", ""), ("pool", POOL)]


def test_the_address_is_whole_and_as_the_site_is_reached(service: Running) -> None:
    made = service.raw(service.token("alice")).post(
        "feeds", json={}, headers={"Host": "gpu.example.org", "X-Forwarded-Proto": "https"}
    )
    assert made.json()["address"] == f"https://gpu.example.org{made.json()['path']}"


@pytest.mark.parametrize(
    "note", ["x\r\nEND:VEVENT\r\nBEGIN:VEVENT", "bell \x07 and null \x00", "END:VCALENDAR", ";:,\\", "\u2028"]
)
def test_no_text_of_a_user_breaks_out_of_its_line(service: Running, note: str) -> None:
    service.client("alice").book(ask(service, note=note))
    (event,) = read(service, subscribe(service))
    assert re.sub(r"\s", "", str(event["description"])) == re.sub(r"[\s\x00\x07]", "", note)


def test_no_log_and_no_table_has_the_key(service: Running, lines: io.StringIO) -> None:
    feed = subscribe(service)
    key = feed.path.partition("key=")[2]
    get(service, feed)
    get(service, feed.model_copy(update={"path": feed.path + "x"}))
    logging.getLogger("elsewhere").warning("could not answer GET %s", feed.path)
    assert f"/calendars/{feed.id}.ics" in lines.getvalue()
    assert key not in lines.getvalue()
    with service.desk._store.read() as tx:
        kept = tx.feeds.get(feed.id)
        told = tx.events.page()
    assert key not in repr((kept, told, feed))
    assert told[0].action == "feed.added"


def test_a_feed_over_a_year_of_many_bookings_is_whole(service: Running) -> None:
    alice = service.client("alice")
    start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    for n in range(12):
        alice.book(ask(service, start=start + timedelta(hours=2 * n)))
    assert len(read(service, subscribe(service))) == 12
