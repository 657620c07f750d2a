"""A borrowed GPU goes back when somebody's booking begins: with a warning, through the hub, on real servers."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from tests.platform import Platform, eventually


def test_a_borrower_is_warned_and_comes_back_on_cpu_and_the_booked_user_gets_the_gpus(
    platform: Platform,
) -> None:
    platform.start_server("alice", choice="idle:simulated-gpu")
    assert platform.environment("alice")["CUDA_VISIBLE_DEVICES"] in ("SIM-0", "SIM-1")
    booking = platform.book("bob", 90, delay=15, gpus=2)
    with platform.client("alice") as client:
        session = client.state().sessions[0]
        assert session.kind == "opportunistic"
        assert session.until == booking.start, "the end is known to her panel, which warns"

        time.sleep(max(0.0, (booking.start - datetime.now(timezone.utc)).total_seconds()))
        platform.start_server("bob", choice=f"booked:{booking.id}")
        assert platform.environment("bob")["CUDA_VISIBLE_DEVICES"] == "SIM-0,SIM-1"

        eventually(lambda: [n.kind for n in client.state().notices] == ["preempted"], "alice to be told", 60)
        platform.await_server("alice")
        assert platform.environment("alice")["CUDA_VISIBLE_DEVICES"] == ""
        assert "needed for a booking" in client.state().sessions[0].reason
