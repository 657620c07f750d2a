"""%gpu in a real kernel against the real platform: a mistake is answered in words, not with a stack trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.kernels import execute, kernel, text
from tests.platform import Platform


@pytest.fixture(scope="module")
def client(platform: Platform) -> Iterator[Any]:
    variables = {
        "MAIA_SERVICE_URL": platform.service_url,
        "JUPYTERHUB_API_TOKEN": platform.token("alice"),
        "JUPYTERHUB_USER": "alice",
        "MAIA_SERVER": "",
        "TZ": "Europe/Stockholm",
    }
    with kernel(variables) as client:
        execute(client, "%load_ext maia_lab")
        yield client


@pytest.fixture
def nowhere() -> Iterator[Any]:
    with kernel({}) as client:
        execute(client, "%load_ext maia_lab")
        yield client


def say(client: Any, line: str) -> str:
    """Run the magic; its output is one report, with HTML and text, and never an error."""
    (shown,) = execute(client, f"%gpu {line}")
    assert shown["type"] == "display_data", shown
    assert "Traceback" not in shown["data"]["text/plain"]
    assert shown["data"]["text/html"].startswith("<div role=")
    return str(shown["data"]["text/plain"])


def test_a_booking_is_made_shown_and_cancelled(client: Any) -> None:
    made = say(client, 'book 2h --product Simulated --at "tomorrow 9:00" --note <b>thesis</b>')
    assert made.startswith("Booked: 1 × Simulated GPU")
    assert "tomorrow 09:00 - 11:00 (2 h)" in made
    assert "tomorrow 09:00 - 11:00 (2 h)" in say(client, "bookings")
    short = made[made.index("[") + 1 : made.index("]")]
    assert say(client, f"cancel {short}").startswith("Cancelled")
    assert "no booking to come" in say(client, "bookings")


def test_a_booking_repeats_and_every_date_is_seen_before(client: Any) -> None:
    line = "book 1h --at tomorrow 6:00 --daily --times 3 --skip 2001-01-01"
    seen = say(client, f"{line} --preview")
    assert "3 of 3 dates are free (Europe/Stockholm)" in seen
    assert "tomorrow 06:00" in seen
    assert "no booking to come" in say(client, "bookings")
    assert say(client, line).startswith("Booked 3 times")
    assert say(client, "bookings").count("06:00 - 07:00") == 3
    execute(client, "from maia_hub.client.sync import Client")
    execute(client, "with Client() as c: [c.cancel(b.id) for b in c.state().bookings]")


def test_what_another_user_wrote_is_no_markup(client: Any) -> None:
    say(client, "book 1h --at tomorrow 15:00 --note <b>x</b>")
    (shown,) = execute(client, "%gpu bookings")
    assert "<b>" not in shown["data"]["text/html"]
    assert "&lt;b&gt;x&lt;/b&gt;" in shown["data"]["text/html"]
    say(client, "cancel")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("reserve 2h", "%gpu help"),
        ("book 2", "has no unit"),
        ("book 1h --gpus 9 --at tomorrow 9:00", "9"),
        ("book 1h --product H900", "Simulated GPU"),
        ("book 'x", "quotation mark"),
        ("extend 1h", "no booking to extend"),
        ("release", "no booking to release"),
        ("book 1h --at 5/6 10:00", "2027-03-28"),
        ("book 1h --at tomorrow 9:00 EST", "+01:00"),
        ("book 1h --at 2027-03-28 02:30", "skipped"),
        ("book 1h --at 2027-10-31 02:30", "2027-10-31T02:30+02:00 or 2027-10-31T02:30+01:00"),
        ("book 1h --at 9999-12-31 23:30", "calendar"),
        ("book 1h --at 2001-01-01 9:00", "2001"),
        ("book 1h --at tomorrow 9:00 --gpus 0", "0"),
        (f"book 1h --at tomorrow 9:00 --gpus {10**30}", "1 to 2"),
        (f"book 1h --at tomorrow 9:00 --note {'x' * 300}", "200 characters"),
        ("extend 1h --until 18:00", "either"),
        ("cancel zzz", "zzz"),
        ("book 1h --weekly", "one end"),
        ("book 1h --weekly --daily --times 3", "one way"),
        ("book 1h --times 3", "does not repeat"),
        ("book 1h --weekly --times 3 --wait", "single booking"),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(client: Any, line: str, told: str) -> None:
    answer = say(client, line)
    assert answer.startswith("Not done: ")
    assert told in answer


def test_status_without_a_session_says_that_no_gpu_is_held(client: Any) -> None:
    assert "holds no GPU" in say(client, "")


def test_outside_the_hub_it_says_how_to_get_there(nowhere: Any) -> None:
    answer = say(nowhere, "")
    assert "MAIA_SERVICE_URL" in answer
    assert "MAIA_SERVICE_URL" in say(nowhere, "book 2h")


def test_help_needs_no_service(nowhere: Any) -> None:
    assert "%gpu release" in text(execute(nowhere, "%gpu help"))


def test_a_server_that_does_not_run_cannot_wait_and_is_told_so(client: Any) -> None:
    assert "does not run" in say(client, "wait --product Simulated")
    assert "waits for no GPU" in say(client, "wait --accept")
    assert "not allowed with" in say(client, "wait --accept --leave")
