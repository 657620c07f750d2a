"""The question whether an idle GPU is needed, and its answer over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maia_hub.core.errors import Conflict, Forbidden
from maia_hub.core.idleness import IdleRules
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, UserName
from maia_hub.desk import Grant
from tests.service.conftest import Running, ask

RULES = IdleRules(window=timedelta(minutes=5))


def test_it_is_asked_with_its_booking_and_answered_once_and_for_all_by_its_owner(service: Running) -> None:
    alice = service.client("alice")
    booking = alice.book(ask(service, start=service.clock(), minutes=60))
    with pytest.raises(Conflict, match="Nobody asked"):
        alice.keep(booking.id)
    given = service.desk.grant(
        UserName("alice"), DEFAULT_SERVER, DEFAULT_PROJECT, "booked", service.clock() + timedelta(seconds=1)
    )
    assert isinstance(given, Grant)
    service.desk.watch_idle({given.id: 0.0}, RULES, service.clock() + timedelta(minutes=6))
    (notice,) = alice.state().notices
    assert (notice.kind, notice.booking, notice.server) == ("idle", booking.id, "")
    with pytest.raises(Forbidden):
        service.client("bob").keep(booking.id)
    assert alice.keep(booking.id).id == booking.id
    assert alice.keep(booking.id).state == "active"
    assert alice.state().notices == []
