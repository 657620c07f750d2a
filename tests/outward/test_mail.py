"""E-mail to a real server: encrypted and signed in, refused, asked to come again, away."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError

from maia_hub.core.ids import UserName
from maia_hub.core.notifying import Letter
from maia_hub.outward import Mailer, Refused, Unreachable
from tests.outward.post import LATER, NOBODY, WORD, Post, Security, text_of

# Where the whole connection is encrypted from its first byte, aiosmtpd does not know that it is.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
LETTER = Letter(
    user=UserName("ada"),
    key="test:1",
    to="ada@example.org",
    subject="1 × A6000: your time ends",
    text="First <b>line</b> & more.\nSecond.\n\nAt https://gpu.example.org/?a=1&b=2\n",
    made=NOON,
    at=NOON,
    until=NOON + timedelta(days=1),
)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_message_arrives_whole_in_each_way_to_speak(tmp_path: Path, security: Security) -> None:
    with Post(tmp_path, security).open() as post:
        Mailer(post.settings()).send(LETTER)
    (message,) = post.came
    assert (message["To"], message["From"]) == ("ada@example.org", "MAIA Hub <maia@example.org>")
    assert (message["Subject"], message["Auto-Submitted"]) == (LETTER.subject, "auto-generated")
    assert text_of(message).replace("\r\n", "\n") == LETTER.text
    assert post.signed_in == (set() if security == "none" else {b"maia"})


def test_the_page_of_a_message_holds_text_and_links_and_nothing_else(tmp_path: Path) -> None:
    with Post(tmp_path).open() as post:
        Mailer(post.settings()).send(LETTER)
    page = text_of(post.came[0], "html")
    assert "First &lt;b&gt;line&lt;/b&gt; &amp; more.<br>Second." in page
    link = "https://gpu.example.org/?a=1&amp;b=2"
    assert f'<a href="{link}">{link}</a>' in page


def test_a_message_that_is_sent_twice_is_known_again(tmp_path: Path) -> None:
    with Post(tmp_path).open() as post:
        for letter in (LETTER, LETTER, replace(LETTER, key="test:2")):
            Mailer(post.settings()).send(letter)
    first, again, other = (message["Message-ID"] for message in post.came)
    assert first == again != other


def test_no_subject_adds_a_header(tmp_path: Path) -> None:
    with Post(tmp_path).open() as post:
        Mailer(post.settings()).send(replace(LETTER, subject="x\r\nBcc: eve@example.org\n\nbody"))
    assert post.came[0]["Bcc"] is None
    assert post.came[0]["Subject"] == "x Bcc: eve@example.org body"


def test_an_address_that_is_none_is_refused_for_ever_and_another_only_for_now(tmp_path: Path) -> None:
    with Post(tmp_path).open() as post:
        mailer = Mailer(post.settings())
        with pytest.raises(Refused, match=r"550 5\.1\.1 No such mailbox"):
            mailer.send(replace(LETTER, to=NOBODY))
        with pytest.raises(Unreachable, match="Greylisted"):
            mailer.send(replace(LETTER, to=LATER))
    assert post.came == []


def test_a_wrong_word_is_told_without_it(tmp_path: Path) -> None:
    with Post(tmp_path, "starttls").open() as post:
        (tmp_path / "wrong").write_text("quite another word")
        with pytest.raises(Unreachable, match="does not let us in") as told:
            Mailer(post.settings(password_file=tmp_path / "wrong")).send(LETTER)
        assert "another word" not in repr((told.value, told.value.__cause__))
        with pytest.raises(Unreachable, match="password cannot be read"):
            Mailer(post.settings(password_file=tmp_path / "none")).send(LETTER)
        (tmp_path / "foreign").write_text("wörd", encoding="utf-8")
        with pytest.raises(Unreachable, match="ASCII"):
            Mailer(post.settings(password_file=tmp_path / "foreign")).send(LETTER)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_cannot_show_who_it_is_gets_no_word_and_no_message(
    tmp_path: Path, security: Security
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    with Post(tmp_path, security).open() as post, pytest.raises(Unreachable, match="certificate"):
        Mailer(post.settings(ca_file=tmp_path / "other.pem")).send(LETTER)
    assert (post.came, post.signed_in) == ([], set())


def test_a_server_that_does_not_encrypt_gets_no_word_and_no_message(tmp_path: Path) -> None:
    told = {"security": "starttls", "user": "maia", "password_file": tmp_path / "word"}
    with Post(tmp_path, "none").open() as post, pytest.raises(Unreachable):
        Mailer(post.settings(**told)).send(LETTER)
    assert post.came == []


def test_a_server_that_is_away_or_says_nothing_is_worth_another_try(tmp_path: Path) -> None:
    post = Post(tmp_path)
    with pytest.raises(Unreachable, match="does not answer"):
        Mailer(post.settings()).send(LETTER)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Unreachable, match="does not"):
            Mailer(post.settings(port=port, timeout=0.2)).send(LETTER)


def test_nobody_signs_in_without_encryption(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="without encryption nobody signs in"):
        Post(tmp_path).settings(user="maia")


def test_the_word_is_in_no_text_of_the_settings(tmp_path: Path) -> None:
    settings = Post(tmp_path, "tls").settings()
    assert settings.password() == WORD
    assert WORD not in repr(settings) + settings.model_dump_json()
