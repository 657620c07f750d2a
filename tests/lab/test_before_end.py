"""Functions run by themselves before the end, once per end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from maia_hub.core.errors import InvalidInput
from maia_lab import gpu
from maia_lab.gpu.ends import Callbacks
from maia_lab.gpu.session import SessionWatch
from tests.lab.sessions import Hands, write
from tests.platform import eventually

DRAIN = 4


def now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture
def watch(tmp_path: Path) -> SessionWatch:
    return SessionWatch(tmp_path / "grant.json")


class Calls:
    """Notes when it was called."""

    def __init__(self) -> None:
        self.at: list[datetime] = []

    def __call__(self) -> None:
        self.at.append(now())


def named(name: str, function: Callable[[], object]) -> Callable[[], None]:
    def inner() -> None:
        function()

    inner.__qualname__ = name
    return inner


def test_it_runs_at_lead_before_the_stop_and_not_again(watch: SessionWatch) -> None:
    session, calls = write(watch.path, timedelta(seconds=DRAIN + 2), now()), Calls()
    Callbacks(lambda: watch).add(calls, lead=1)
    eventually(lambda: calls.at, "the callback ran")
    assert session.stop is not None
    assert calls.at[0] >= session.stop - timedelta(seconds=1)
    assert calls.at[0] < session.stop
    assert not threading.Event().wait(1.0)
    assert len(calls.at) == 1


def test_it_runs_at_once_if_less_than_the_lead_is_left(watch: SessionWatch) -> None:
    write(watch.path, timedelta(seconds=30), now())
    calls = Calls()
    Callbacks(lambda: watch).add(calls, lead=3600)
    eventually(lambda: calls.at, "the callback ran")


def test_an_extension_after_it_ran_makes_it_run_again(watch: SessionWatch) -> None:
    write(watch.path, timedelta(seconds=30), now())
    calls = Calls()
    Callbacks(lambda: watch).add(calls, lead=3600)
    eventually(lambda: len(calls.at) == 1, "the callback ran for the first end")
    write(watch.path, timedelta(seconds=90), now())
    eventually(lambda: len(calls.at) == 2, "the callback ran for the second end")


def test_an_extension_before_it_ran_puts_it_off(watch: SessionWatch) -> None:
    write(watch.path, timedelta(seconds=DRAIN + 2), now())
    calls = Calls()
    Callbacks(lambda: watch).add(calls, lead=1)
    write(watch.path, timedelta(hours=1), now())
    assert not threading.Event().wait(2.0)
    assert calls.at == []


def test_an_end_that_comes_nearer_makes_it_run_sooner(watch: SessionWatch) -> None:
    write(watch.path, timedelta(hours=1), now())
    calls = Calls()
    Callbacks(lambda: watch).add(calls, lead=60)
    write(watch.path, timedelta(seconds=30), now())
    eventually(lambda: calls.at, "the callback ran")


def test_it_never_runs_for_an_end_that_is_over(tmp_path: Path) -> None:
    clock = Hands()
    watch = SessionWatch(tmp_path / "grant.json", clock)
    write(watch.path, timedelta(seconds=-1), clock.now)
    calls = Calls()
    Callbacks(lambda: watch).add(calls, lead=60)
    assert not threading.Event().wait(1.0)
    assert calls.at == []


def test_a_slow_callback_delays_no_other(watch: SessionWatch) -> None:
    write(watch.path, timedelta(seconds=30), now())
    hold, calls = threading.Event(), Calls()
    callbacks = Callbacks(lambda: watch)
    callbacks.add(named("slow", hold.wait), lead=3600)
    callbacks.add(calls, lead=3600)
    eventually(lambda: calls.at, "the second callback ran")
    hold.set()


def test_a_cell_that_is_run_again_replaces_its_function(watch: SessionWatch) -> None:
    write(watch.path, timedelta(hours=1), now())
    old, new, callbacks = Calls(), Calls(), Callbacks(lambda: watch)
    callbacks.add(named("save", old), lead=60)
    callbacks.add(named("save", new), lead=60)
    write(watch.path, timedelta(seconds=30), now())
    eventually(lambda: new.at, "the new function ran")
    assert old.at == []


def test_what_it_raises_is_shown_and_stops_nothing(
    watch: SessionWatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write(watch.path, timedelta(seconds=30), now())

    def save() -> None:
        raise OSError("no space left on device")

    calls, callbacks, shown = Calls(), Callbacks(lambda: watch), []

    def told() -> str:
        shown.append(capfd.readouterr().err)
        return "".join(shown)

    callbacks.add(named("save_checkpoint", save), lead=3600)
    eventually(lambda: "no space left" in told(), "the error was shown")
    assert "save_checkpoint() failed before the end of the GPU session" in told()
    callbacks.add(calls, lead=3600)
    eventually(lambda: calls.at, "another callback still runs")


def test_the_decorated_function_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIA_SESSION_FILE", str(tmp_path / "none.json"))

    @gpu.before_end("2min")
    def save() -> int:
        return 7

    assert save() == 7


def test_a_lead_that_is_none_is_refused_where_it_is_written() -> None:
    with pytest.raises(InvalidInput) as caught:
        gpu.before_end("2")
    assert "unit" in caught.value.message


def test_a_lead_that_was_forgotten_is_asked_for() -> None:
    with pytest.raises(InvalidInput) as caught:
        gpu.before_end(lambda: None)  # type: ignore[arg-type]
    assert caught.value.advice == 'Write @gpu.before_end("2min").'


async def coroutine() -> None: ...


def wanting(model: object) -> None: ...


@pytest.mark.parametrize("function", [coroutine, wanting])
def test_a_function_that_could_not_be_called_in_the_end_is_refused_at_once(
    function: Callable[..., object],
) -> None:
    with pytest.raises(InvalidInput) as caught:
        gpu.before_end("2min")(function)
    assert function.__name__ in caught.value.message
    assert caught.value.advice


def test_what_tells_no_signature_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIA_SESSION_FILE", str(tmp_path / "none.json"))
    assert gpu.before_end("2min")(dict) is dict
