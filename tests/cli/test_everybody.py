"""What whoever runs the service sees of everybody on the command line: hours and wishes, from the database itself."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.cli.commands import maia
from tests.desk.office import ADA, BEN, BOSS, NOON, Office


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The options that name a database with hours of two people, one of whom waits for more."""
    office = Office(tmp_path)
    for who in (ADA, BEN):
        office.book(who, 60, 120)
    office.now = datetime.now(timezone.utc)
    minutes = (office.now - NOON) / timedelta(minutes=1) + 600
    office.book(BOSS, minutes, minutes + 60, gpus=2)
    office.desk.wish(ADA, office.asked(minutes, minutes + 60), None, office.now)
    office.close()
    settings = tmp_path / "settings.json"
    told = {"database": f"sqlite:///{tmp_path}/maia.db", "hub_api_url": "http://hub", "namespaces": []}
    settings.write_text(json.dumps(told))
    return ["--settings", str(settings), "--secrets", "/nowhere"]


def test_everybodys_hours_are_reported(words: list[str]) -> None:
    days = ("--from", "2026-03-01", "--to", "2026-03-31", "--by", "user")
    shown = maia("report", "--everybody", *days, *words)
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = json.loads(maia("report", "--everybody", *days, "--json", *words).stdout)["lines"]
    assert {line["user"]: line["booked"] for line in lines} == {"ada": 1.0, "ben": 1.0}
    none = maia("report", "--everybody", "--project", "vision", *days, *words)
    assert "none" in none.stdout


def test_everybodys_wishes_are_listed_and_one_is_removed_with_a_reason(words: list[str]) -> None:
    (wish,) = json.loads(maia("waitlist", "--everybody", "--json", *words).stdout)
    assert (wish["user"], wish["place"]) == ("ada", 1)
    assert "ada" in maia("waitlist", "--everybody", *words).stdout
    refused = maia("waitlist", "remove", "zzzz", "--reason", "x", *words)
    assert refused.returncode != 0
    assert "No wish on the list" in refused.stderr
    done = maia("waitlist", "remove", wish["id"][:8], "--reason", "the course needs it", *words)
    assert "ada no longer waits" in done.stdout, done.stderr
    assert "Nobody waits" in maia("waitlist", "--everybody", *words).stdout
    assert "the course needs it" in maia("audit", "--action", "wish.removed", *words).stdout
