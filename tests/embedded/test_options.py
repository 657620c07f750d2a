from __future__ import annotations

import os
from pathlib import Path

import pytest

from maia_hub.core.errors import Conflict, InvalidInput, Unavailable
from maia_hub.embedded import settings
from maia_hub.embedded.options import Options, apply


def test_a_new_folder_gets_two_users_and_an_administrator() -> None:
    made = apply(Options(), None)
    assert [(a.name, a.admin) for a in made.accounts] == [("alice", False), ("bob", False), ("admin", True)]
    assert (made.policy, made.ports.public, made.ip) == ("open", 8000, "127.0.0.1")


def test_what_is_not_asked_for_stays_as_it_was() -> None:
    first = apply(Options(port=8123, policy="demo", users=["carol"], gpus="3", drain=5), None)
    second = apply(Options(), first)
    assert second.model_dump(exclude={"ports"}) == first.model_dump(exclude={"ports"})
    assert second.ports.public == 8123


def test_the_address_that_people_open_is_kept_until_an_empty_one_takes_it_away() -> None:
    first = apply(Options(subdomain_host="https://hub.example.org/"), None)
    assert (first.origin, first.address) == ("https://hub.example.org", "http://127.0.0.1:8000")
    assert apply(Options(), first).subdomain_host == "https://hub.example.org"
    assert apply(Options(subdomain_host=""), first).origin == "http://127.0.0.1:8000"


def test_the_number_of_simulated_gpus_can_be_left_to_the_machine_again() -> None:
    assert apply(Options(gpus="auto"), apply(Options(gpus="4"), None)).simulated is None


@pytest.mark.parametrize(
    "options",
    [
        Options(gpus="many"),
        Options(gpus="-1"),
        Options(policy="loose"),
        Options(authenticator="none"),
        Options(drain=0),
        Options(cull_idle=-1),
        Options(subdomain_host="http://localhost:8000"),
        Options(subdomain_host="http://127.0.0.1:8000"),
        Options(subdomain_host="hub.example.org"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_is_allowed(options: Options) -> None:
    with pytest.raises(InvalidInput) as caught:
        apply(options, None)
    assert caught.value.allowed


def test_a_longer_drain_leaves_the_next_holder_time_to_wait() -> None:
    closing = apply(Options(drain=60), None).closing
    assert closing.handover >= closing.drain
    assert closing.kill_margin < closing.drain


def test_settings_are_kept_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    made = apply(Options(), None)
    settings.save(path, made)
    assert settings.load(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["settings.json"]


@pytest.mark.parametrize("text", [b"", b"{", b'{"version": 2}', b'{"surprise": 1}', b"\xff\xfe\0"])
def test_settings_that_cannot_be_read_are_named_and_left_alone(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(text)
    with pytest.raises(Conflict) as caught:
        settings.load(path)
    assert str(path) in str(caught.value.given)
    assert path.read_bytes() == text


def test_settings_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        settings.save(tmp_path / "gone" / "settings.json", apply(Options(), None))


def test_an_idle_time_of_zero_culls_nothing() -> None:
    asked = apply(Options(cull_idle=60), None)
    assert (asked.cull_idle, apply(Options(cull_idle=0), asked).cull_idle) == (60, None)


def test_no_settings_yet_is_no_error(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "settings.json") is None
