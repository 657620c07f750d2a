"""The audit log on the command line, on a real database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import maia
from tests.desk.office import ADA, BEN, Office


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The options that name a database with bookings of two people."""
    office = Office(tmp_path)
    for who in (ADA, BEN):
        office.book(who, 60, 120)
    office.close()
    settings = tmp_path / "settings.json"
    told = {"database": f"sqlite:///{tmp_path}/maia.db", "hub_api_url": "http://hub", "namespaces": []}
    settings.write_text(json.dumps(told))
    return ["--settings", str(settings), "--secrets", "/nowhere"]


def test_the_audit_log_is_searched_and_gone_on_in(words: list[str]) -> None:
    shown = maia("audit", "--user", "ada", *words)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "booking.confirmed" in shown.stdout
    assert "ben" not in shown.stdout
    (newest,) = json.loads(maia("audit", "--limit", "1", "--json", *words).stdout)
    assert newest["user"] == "ben"
    assert f"--before {newest['id']}" in maia("audit", "--limit", "1", *words).stdout
    rest = json.loads(maia("audit", "--before", str(newest["id"]), "--json", *words).stdout)
    assert newest["id"] not in {event["id"] for event in rest}
    assert "No such entry." in maia("audit", "--since", "2030-01-01 09:00", *words).stdout
