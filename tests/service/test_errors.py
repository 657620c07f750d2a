"""The one shape of every error."""

from __future__ import annotations

import pytest

from maia_hub.client.models import PROBLEM_TYPE, ForeignProcess
from maia_hub.client.problems import CLASSES
from maia_hub.core import errors
from maia_hub.service.problems import STATUS, status_of
from tests.service.conftest import HonestUsage, Running

SHAPE = {"type", "title", "status", "detail", "given", "allowed", "advice", "refusals", "next_free", "login"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "no-such-path", 404),
        ("PUT", "me", 405),
        ("GET", "calendar", 422),
        ("POST", "bookings", 422),
        ("GET", "bookings/7d5b4a1e-0000-4000-8000-000000000000", 404),
        ("GET", "admin/audit", 403),
        ("POST", "spawner/grants", 401),
        ("DELETE", "notices/1e9", 422),
    ],
)
def test_every_error_has_the_one_shape(service: Running, method: str, path: str, status: int) -> None:
    answer = service.raw(service.token("alice")).request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem.keys() <= SHAPE
    assert problem["type"].startswith(PROBLEM_TYPE)
    assert problem["detail"]


def test_the_whole_of_one_error(service: Running) -> None:
    answer = service.raw(service.token("alice")).get(
        "calendar?start=2030-01-01T00:00:00&end=2030-01-02T00:00:00Z"
    )
    assert answer.json() == {
        "type": "urn:maia-hub:problem:invalid-input",
        "title": "That input cannot be accepted",
        "status": 422,
        "detail": "start: Input should have timezone info.",
        "given": "2030-01-01T00:00:00",
        "allowed": "a time with a UTC offset, such as 2026-03-01T09:00:00+01:00",
        "advice": "Add the UTC offset, or Z.",
        "refusals": [],
    }


def test_a_browser_sees_a_page_rather_than_json(service: Running) -> None:
    answer = service.raw(Accept="text/html").get(f"{service.url}/oauth_callback?code=x&state=<script>")
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>" not in answer.text


class BrokenDevices(HonestUsage):
    """Devices that cannot be read."""

    def processes(self) -> list[ForeignProcess]:
        raise RuntimeError("words of the inside")


def test_a_fault_of_our_own_is_said_to_be_one_and_nothing_of_the_inside(service: Running) -> None:
    service.usage = BrokenDevices()
    service.restart()
    answer = service.signed_in("carol").get(f"{service.api}/admin/processes")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert "inside" not in answer.text
    assert answer.json()["advice"]


def test_every_error_of_the_family_has_a_status_and_comes_back_as_itself() -> None:
    for code, error in CLASSES.items():
        assert 400 <= status_of(error("x")) < 600
        assert error.code == code
    assert set(STATUS) == set(CLASSES.values())


def test_an_error_of_the_service_is_raised_by_the_client_as_itself(service: Running) -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        service.client("alice").slots("no-such-pool", 0, 60)
    assert caught.value.given == "0"


def test_a_service_that_is_not_there_is_said_to_be(service: Running) -> None:
    service.stop()
    with pytest.raises(errors.Unavailable):
        service.client_with("x").me()
