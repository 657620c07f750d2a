"""Notices by e-mail from a terminal: one message all the way, through a real mail server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.commands import Terminal
from tests.outward.post import Post, text_of
from tests.platform import Platform, eventually


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with Post(tmp_path_factory.mktemp("post"), "starttls").open() as opened:
        yield opened


@pytest.fixture(scope="module")
def mailing(tmp_path_factory: pytest.TempPathFactory, post: Post) -> Iterator[Platform]:
    """A platform whose settings name the mail server."""
    made = Platform(tmp_path_factory.mktemp("mailing") / "data")
    made.data.mkdir()
    settings = {"mail": json.loads(post.settings().model_dump_json())}
    (made.data / "settings.json").write_text(json.dumps(settings))
    made.start()
    yield made
    made.stop()


def last(post: Post, count: int) -> str:
    """Return what the last of so many messages says."""
    eventually(lambda: len(post.came) >= count, f"{count} messages come")
    return text_of(post.came[count - 1])


def test_somebody_gives_an_address_confirms_it_and_is_told(mailing: Platform, post: Post) -> None:
    alice = Terminal(mailing, "alice")
    assert "in JupyterLab alone" in alice.says("notices")
    assert "A code was sent to alice@example.org" in alice.says("notices", "address", "alice@example.org")
    code = last(post, 1).split()[0]
    assert "not the code" in alice.refuses("notices", "confirm", "WRONG")
    assert "You are told at alice@example.org" in alice.says("notices", "confirm", code)
    chosen = alice.json(
        "notices", "choose", "--topics", "booked,ending", "--before", "1h", "--zone", "Asia/Tokyo"
    )
    assert (chosen["topics"], chosen["lead"], chosen["zone"]) == (["booked", "ending"], 3600, "Asia/Tokyo")
    alice.says("notices", "test")
    assert "This is the test that you asked for" in last(post, 2)
    alice.says("book", "2h", "--at", "tomorrow 9:00")
    told = last(post, 3)
    assert "Booked: 1 × Simulated GPU" in told
    assert "JST" in told
    assert mailing.service_url in told
    assert "Forgotten" in alice.says("notices", "forget")
    assert alice.json("notices")["address"] == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("notices", "address", "alice"), "no e-mail address"),
        (("notices", "choose", "--topics", "weather"), "weather"),
        (("notices", "choose", "--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("notices", "test"), "no confirmed address"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    mailing: Platform, words: tuple[str, ...], told: str
) -> None:
    assert told in Terminal(mailing, "bob").refuses(*words)
