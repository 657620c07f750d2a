"""Choosing over the API what one is told by e-mail, and where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import Conflict, InvalidInput, NotSignedIn
from tests.service.conftest import Running


@pytest.fixture
def mailing(service: Running) -> Running:
    """A hub with a mail server; nobody collects the messages."""
    service.settings = replace(service.settings, mail=True, address="https://gpu.example.org")
    service.restart()
    return service


def code_for(service: Running) -> str:
    """Return the code of the last message that is to be sent."""
    return service.desk.letters_due(service.clock(), 9)[-1].text.split()[0]


def test_an_address_is_given_confirmed_tested_and_forgotten(mailing: Running) -> None:
    alice = mailing.client("alice")
    given = alice.give_address(m.AddressRequest(address="alice@example.org"))
    assert (given.available, given.address, given.pending) == (True, "", "alice@example.org")
    code = code_for(mailing)
    with pytest.raises(Conflict, match="not the code"):
        alice.confirm_address(m.ConfirmRequest(code="WRONG"))
    confirmed = alice.confirm_address(m.ConfirmRequest(code=f" {code[:4].lower()} {code[4:]}"))
    assert (confirmed.address, confirmed.pending) == ("alice@example.org", "")
    alice.send_test()
    test = mailing.desk.letters_due(mailing.clock(), 9)[-1]
    assert (test.to, test.subject) == ("alice@example.org", "A test of your notices")
    assert "https://gpu.example.org/services/maia/" in test.text
    alice.forget_contact()
    assert alice.contact().address == ""


def test_what_is_chosen_stays_and_what_is_left_out_too(mailing: Running) -> None:
    alice = mailing.client("alice")
    assert "booked" not in alice.contact().topics
    alice.choose_notices(m.ContactChange(topics=["ending", "booked"], lead=3600))
    chosen = alice.choose_notices(m.ContactChange(zone="Asia/Kolkata"))
    assert (chosen.topics, chosen.lead, chosen.zone) == (["booked", "ending"], 3600, "Asia/Kolkata")
    assert {each.topic for each in chosen.choices} > set(chosen.topics)
    assert mailing.client("bob").contact().zone == "UTC"


def test_what_cannot_be_is_refused(mailing: Running) -> None:
    alice = mailing.client("alice")
    with pytest.raises(InvalidInput, match="no e-mail address"):
        alice.give_address(m.AddressRequest(address="alice"))
    with pytest.raises(InvalidInput, match="no such time zone"):
        alice.choose_notices(m.ContactChange(zone="Mars/Olympus"))
    with pytest.raises(Conflict, match="no confirmed address"):
        alice.send_test()
    with pytest.raises(NotSignedIn):
        mailing.client_with("wrong").contact()


def test_a_channel_is_named_on_a_listed_host_and_never_shown_whole(mailing: Running) -> None:
    mailing.settings = replace(mailing.settings, webhook_hosts=("hooks.slack.com",))
    mailing.restart()
    alice = mailing.client("alice")
    url = "https://hooks.slack.com/services/T0123456A/B0123456A/abcdefghijklmnopqrstuvwx"
    named = alice.give_hook(m.HookRequest(url=url))
    assert (named.hook, named.hook_hosts) == ("https://hooks.slack.com/…", ["hooks.slack.com"])
    alice.send_test()
    (test,) = mailing.desk.letters_due(mailing.clock(), 9, hooks=True)
    assert test.to == url
    with pytest.raises(InvalidInput, match="not sent to"):
        alice.give_hook(m.HookRequest(url="http://169.254.169.254/hooks/abc"))
    assert alice.give_hook(m.HookRequest(url="")).hook == ""


def test_a_hub_without_mail_server_says_so(service: Running) -> None:
    alice = service.client("alice")
    assert not alice.contact().available
    with pytest.raises(Conflict, match="sends no e-mail"):
        alice.give_address(m.AddressRequest(address="alice@example.org"))


def test_the_metrics_say_what_waits_and_whose_address_fails_and_name_nobody(mailing: Running) -> None:
    mailing.client("alice").give_address(m.AddressRequest(address="alice@example.org"))
    letter = mailing.desk.letters_due(mailing.clock(), 9)[-1]
    text = mailing.raw().get(f"{mailing.url}/metrics").text
    assert 'maia_letters{state="waiting"} 1.0' in text
    mailing.desk.letter_refused(letter, "550", mailing.clock())
    text = mailing.raw().get(f"{mailing.url}/metrics").text
    assert 'maia_letters{state="failing"} 1.0' in text
    assert "alice" not in text
