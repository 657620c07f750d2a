"""Addresses for calendar programs from a terminal, on the real platform."""

from __future__ import annotations

import httpx
import pytest

from tests.cli.commands import Terminal
from tests.platform import Platform


@pytest.fixture(scope="module")
def alice(platform: Platform) -> Terminal:
    return Terminal(platform, "alice")


def test_an_address_is_made_listed_renewed_and_revoked(platform: Platform, alice: Terminal) -> None:
    address, warning, _ = alice.says("calendar", "add").splitlines()
    assert address.startswith(f"{platform.url}/services/maia/calendars/")
    assert "not shown again" in warning
    assert httpx.get(address).text.startswith("BEGIN:VCALENDAR")
    (feed,) = alice.json("calendar")
    assert "your own" in alice.says("calendar")
    renewed = alice.json("calendar", "renew", feed["id"][:8])
    assert [httpx.get(each).status_code for each in (address, renewed["address"])] == [404, 200]
    assert alice.says("calendar", "revoke", feed["id"][:8]) == "Revoked: your own.\n"
    assert httpx.get(renewed["address"]).status_code == 404
    assert "maia calendar add" in alice.says("calendar")


def test_a_kind_of_gpu_is_named_by_a_part_of_its_name(alice: Terminal) -> None:
    made = alice.json("calendar", "add", "--product", "simulated")
    assert made["kind"] == "pool"
    assert "already" in alice.refuses("calendar", "add", "--product", "simulated")
    alice.says("calendar", "revoke", made["id"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("calendar", "revoke", "zzzz"), "zzzz"),
        (("calendar", "renew", ""), "None of your calendars"),
        (("calendar", "add", "--product", "H900"), "Simulated GPU"),
        (("calendar", "add", "--product", "sim", "--project", "x"), "not both"),
        (("calendar", "add", "--project", "not-mine"), "not-mine"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(alice: Terminal, words: tuple[str, ...], told: str) -> None:
    assert told in alice.refuses(*words)
