"""Where there is no service, the commands say so and what to do."""

from __future__ import annotations

import pytest

from tests.cli.commands import maia
from tests.ports import free_port

COMMANDS = [("gpu",), ("gpu", "status"), ("book", "2h"), ("bookings",), ("gpus",), ("gpu", "release")]


@pytest.mark.parametrize("words", COMMANDS)
def test_outside_the_hub_it_says_which_variable_to_set(words: tuple[str, ...]) -> None:
    done = maia(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "MAIA_SERVICE_URL" in done.stderr


def test_a_service_that_does_not_answer_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}/services/maia"
    done = maia("gpus", MAIA_SERVICE_URL=url, MAIA_TOKEN="x")
    assert done.returncode == 1
    assert url in done.stderr
    assert "Traceback" not in done.stderr


def test_a_secret_is_never_printed() -> None:
    url = f"http://127.0.0.1:{free_port()}/services/maia"
    done = maia("gpus", MAIA_SERVICE_URL=url, MAIA_TOKEN="do-not-show-this")
    assert "do-not-show-this" not in done.stdout + done.stderr


def test_a_word_that_is_no_command_is_an_error_of_usage() -> None:
    assert maia("gpu", "reserve").returncode == 2
    assert maia("book").returncode == 2


@pytest.mark.parametrize(
    "words", [("book",), ("bookings",), ("bookings", "move"), ("gpu", "extend"), ("gpus",)]
)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    done = maia(*words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--json" in done.stdout


def test_a_mistake_in_a_length_is_told_before_anybody_is_asked() -> None:
    url = f"http://127.0.0.1:{free_port()}/services/maia"
    done = maia("book", "2", MAIA_SERVICE_URL=url, MAIA_TOKEN="x")
    assert done.returncode == 1
    assert "has no unit" in done.stderr
