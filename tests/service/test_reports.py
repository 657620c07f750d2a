"""Reports over HTTP: days in a zone, JSON or CSV that a spreadsheet takes for data alone."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta, timezone

import pytest

from maia_hub.client.models import Report, ReportLine
from maia_hub.client.spreadsheet import as_csv
from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import UserName
from maia_hub.core.interval import Interval
from maia_hub.desk import Actor, Asked
from tests.service.conftest import Running

DAY = date(2030, 3, 5)
WHEN = datetime(2030, 3, 5, 9, tzinfo=timezone.utc)


@pytest.fixture
def used(service: Running) -> Running:
    """Two hours of alice's and one of bob's, on a day that has passed."""
    service.move_to(WHEN - timedelta(hours=1))
    pool = service.desk.pools(service.clock())[0].id
    for name, hours in (("alice", 2), ("bob", 1)):
        asked = Asked(interval=Interval(WHEN, WHEN + timedelta(hours=hours)), gpus=1, pool=pool)
        service.desk.book(Actor(UserName(name)), asked, service.clock())
    service.move_to(WHEN + timedelta(days=1))
    return service


def test_a_token_sees_its_owners_hours_and_an_administrator_in_the_portal_everybodys(used: Running) -> None:
    found = used.client("alice").report(DAY, DAY, by=["user", "product", "month"], zone="Europe/Stockholm")
    (line,) = found.lines
    assert (line.user, line.product, line.month, line.project) == ("alice", "Simulated GPU", "2030-03", None)
    assert (line.booked, line.used, line.idle) == pytest.approx((2, 0, 2), abs=1e-3)
    assert (found.first, found.last, found.zone) == (DAY, DAY, "Europe/Stockholm")
    admin = used.signed_in("carol")
    everybody = admin.get(f"{used.api}/reports", params={"by": "user", "from": "2030-03-01"}).json()
    assert [line["user"] for line in everybody["lines"]] == ["alice", "bob"]
    assert everybody["total"]["booked"] == pytest.approx(3, abs=1e-3)
    assert (everybody["zone"], everybody["last"]) == ("UTC", "2030-03-06")
    usual = used.client("alice").report()
    assert (usual.first, usual.by) == (date(2030, 1, 1), ["project", "month"])


def test_csv_comes_by_its_name_and_by_what_is_accepted(used: Running) -> None:
    raw = used.raw(used.token("alice"))
    for answer in (
        raw.get("reports", params={"format": "csv"}),
        raw.get("reports", headers={"Accept": "text/csv, application/json;q=0.5"}),
    ):
        assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
        assert "gpu-hours-2030-01-01-2030-03-06.csv" in answer.headers["content-disposition"]
        assert answer.text.splitlines() == [
            "project,month,booked_gpu_hours,used_gpu_hours,idle_gpu_hours",
            "default,2030-03,2.0000,0.0000,2.0000",
        ]
    for accepted in ("*/*", "application/json, text/csv", "text/html"):
        assert raw.get("reports", headers={"Accept": accepted}).json()["by"] == ["project", "month"]


@pytest.mark.parametrize("evil", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "\r=1"])
def test_no_name_is_a_formula_in_a_spreadsheet(evil: str) -> None:
    line = ReportLine(user=evil, project='a "b", c', booked=1, used=0.5, idle=0.25)
    report = Report(
        first=DAY, last=DAY, zone="UTC", until=WHEN, by=["user", "project"], lines=[line], total=line
    )
    header, row = csv.reader(io.StringIO(as_csv(report), newline=""))
    assert header == ["user", "project", "booked_gpu_hours", "used_gpu_hours", "idle_gpu_hours"]
    assert row == [f"'{evil}", 'a "b", c', "1.0000", "0.5000", "0.2500"]


def test_what_cannot_be_reported_is_refused_with_what_can(used: Running) -> None:
    client = used.client("alice")
    for first, last, told in ((DAY, date(2030, 3, 4), "before"), (date(2001, 1, 1), DAY, "too long")):
        with pytest.raises(InvalidInput, match=told):
            client.report(first, last)
    with pytest.raises(InvalidInput, match="time zone"):
        client.report(zone="Mars/Olympus")
    raw = used.raw(used.token("alice"))
    assert raw.get("reports", params={"by": "shoe"}).json()["allowed"] == [
        "user",
        "project",
        "product",
        "month",
    ]
    assert raw.get("reports", params={"from": "31.3.2030"}).status_code == 422
