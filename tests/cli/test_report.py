"""GPU-hours in a terminal: as a table, as CSV, as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import Terminal
from tests.platform import Platform, eventually


@pytest.fixture(scope="module")
def alice(platform: Platform) -> Terminal:
    made = Terminal(platform, "alice")
    made.says("book", "5min")
    eventually(lambda: made.json("report")["total"]["booked"] > 0, "something is booked")
    return made


def test_a_report_is_a_table_with_its_sum(alice: Terminal) -> None:
    shown = alice.says("report", "--by", "user,month", "--zone", "Europe/Stockholm")
    assert "Europe/Stockholm" in shown
    assert "alice" in shown
    assert "total" in shown
    assert "none" in alice.says("report", "--from", "2001-01-01", "--to", "2001-01-31")


def test_a_report_is_written_for_a_spreadsheet(alice: Terminal, tmp_path: Path) -> None:
    assert "Written" in alice.says("report", "--csv", str(tmp_path / "hours.csv"))
    header, row = (tmp_path / "hours.csv").read_bytes().decode().splitlines()
    assert header == "project,month,booked_gpu_hours,used_gpu_hours,idle_gpu_hours"
    assert row.startswith("default,")
    assert alice.says("report", "--csv", "-").splitlines()[0] == header


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--by", "shoe"), "product"),
        (("--from", "yesterday"), "2026-03-31"),
        (("--zone", "Mars/Olympus"), "Europe/Stockholm"),
        (("--csv", "/nowhere/hours.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(alice: Terminal, words: tuple[str, ...], told: str) -> None:
    assert told in alice.refuses("report", *words)
