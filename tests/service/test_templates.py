"""Templates over HTTP: kept, booked by in one step, their owner's alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from maia_hub.client.models import TemplateRequest
from maia_hub.core.errors import InvalidInput, NotFound, Refused
from tests.service.conftest import Running

NIGHT = TemplateRequest(
    name="night / long",
    pool="simulated-gpu",
    seconds=8 * 3600,
    at="22:00",
    zone="Europe/Stockholm",
    note="thesis",
)
ZONE = ZoneInfo("Europe/Stockholm")


def test_it_is_kept_booked_by_and_forgotten(service: Running) -> None:
    service.move_to(datetime(2030, 3, 30, 12, tzinfo=ZONE))
    alice = service.client("alice")
    kept = alice.save_template(NIGHT)
    assert alice.templates() == [kept]
    tonight = alice.book_template(kept.id)
    assert tonight.start.astimezone(ZONE) == datetime(2030, 3, 30, 22, tzinfo=ZONE)
    assert (tonight.end - tonight.start, tonight.note) == (timedelta(hours=8), "thesis")
    service.move_to(datetime(2030, 3, 30, 23, tzinfo=ZONE))
    following = alice.book_template(kept.id)
    assert following.start == datetime(2030, 3, 31, 20, tzinfo=timezone.utc)  # summer time has begun
    day = alice.book_template(kept.id, (tonight.start + timedelta(days=7)).date())
    assert day.start.astimezone(ZONE).hour == 22
    alice.forget_template(kept.id)
    assert (alice.templates(), len(alice.bookings(state=["confirmed", "active"]))) == ([], 3)


def test_one_of_the_same_name_is_replaced_and_one_for_now_begins_at_once(service: Running) -> None:
    alice = service.client("alice")
    first = alice.save_template(NIGHT)
    again = alice.save_template(NIGHT.model_copy(update={"at": None, "seconds": 3600, "gpus": 2}))
    assert (first.id, alice.templates()) == (again.id, [again])
    booked = alice.book_template(again.id)
    assert booked.start - service.clock() < timedelta(seconds=5)
    with pytest.raises(Refused):
        alice.book_template(again.id)


def test_it_is_its_owners_alone(service: Running) -> None:
    kept = service.client("alice").save_template(NIGHT)
    bob = service.client("bob")
    assert bob.templates() == []
    for attempt in (bob.book_template, bob.forget_template):
        with pytest.raises(NotFound):
            attempt(kept.id)


@pytest.mark.parametrize("wrong", [{"pool": "none"}, {"gpus": 9}, {"zone": "Nowhere"}, {"name": " "}])
def test_what_could_never_be_booked_is_not_kept(service: Running, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        service.client("alice").save_template(NIGHT.model_copy(update=wrong))
