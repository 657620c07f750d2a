"""Functions that run on their own before a session ends."""

from __future__ import annotations

import inspect
import os
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import current_process
from typing import Any, TypeVar

from maia_hub.core.errors import InvalidInput
from maia_lab.gpu.lengths import seconds
from maia_lab.gpu.session import SessionWatch, current

F = TypeVar("F", bound=Callable[[], Any])

LONGEST_SLEEP = 0.5
"""Seconds between two looks at the session file: an extension or a release is noticed within this time."""


@dataclass(slots=True)
class Callback:
    """One function and how long before the stop it runs; ``done`` is the end it last ran for."""

    function: Callable[[], Any]
    lead: float
    done: datetime | None = field(default=None)

    def run(self) -> None:
        """Call the function; what it raises is shown and goes no further."""
        try:
            self.function()
        except Exception as e:
            print(
                f"maia: {_name(self.function)}() failed before the end of the GPU session:", file=sys.stderr
            )
            traceback.print_exception(e, file=sys.stderr)
            sys.stderr.flush()


class Callbacks:
    """Runs each callback once per end, from one daemon thread that follows the session file.

    Every callback has a thread of its own, so that a slow one delays no other. A forked child (a data
    loader's worker) begins without callbacks, so nothing is saved twice; it may add its own.
    """

    def __init__(self, session: Callable[[], SessionWatch]) -> None:
        self._session = session
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._callbacks: dict[object, Callback] = {}
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, function: Callable[[], Any], lead: float) -> None:
        """Register ``function``; one of the same name (its cell ran again) takes the old one's place."""
        with self._lock:
            self._callbacks[_key(function)] = Callback(function, lead)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._follow, name="maia-before-end", daemon=True)
                self._thread.start()
        self._wake.set()

    def _follow(self) -> None:
        while True:
            self._wake.wait(self._fire())
            self._wake.clear()

    def _fire(self) -> float:
        """Start what is due; return the seconds to sleep."""
        watch, sleep = self._session(), LONGEST_SLEEP
        session = watch.look()
        if session is None or session.stop is None or session.until is None:
            return sleep
        now, stop, until = watch.clock(), session.stop.timestamp(), session.until
        with self._lock:
            waiting = [c for c in self._callbacks.values() if c.done != until]
        for callback in waiting:
            due_in = stop - callback.lead - now
            if due_in > 0:
                sleep = min(sleep, due_in)
            elif now < until.timestamp():
                callback.done = until
                threading.Thread(target=callback.run, name="maia-callback", daemon=True).start()
        return sleep


def _name(function: Callable[[], Any]) -> str:
    return str(getattr(function, "__qualname__", repr(function)))


def _key(function: Callable[[], Any]) -> object:
    """Name a function so that the same cell, run again, gives the same name, and two lambdas give two."""
    name = _name(function)
    if "<" in name:
        return getattr(function, "__code__", None) or id(function)
    return (getattr(function, "__module__", None), name)


_callbacks = Callbacks(current)


def _checked(function: F) -> F:
    """Return ``function`` if it can be called when the time has come; now is the time to say that it cannot."""
    if inspect.iscoroutinefunction(function):
        raise InvalidInput(
            f"{_name(function)} is a coroutine, which nobody would await before the end.",
            allowed="an ordinary function",
            advice="Write it with def instead of async def.",
        )
    try:
        inspect.signature(function).bind()
    except TypeError as e:
        raise InvalidInput(
            f"{_name(function)} cannot be called without arguments ({e}).",
            allowed="a function without arguments",
            advice="Give every parameter a default, or wrap the call in a function without parameters.",
        ) from e
    except ValueError:
        pass  # some functions written in C tell no signature
    return function


def _is_imported_again() -> bool:
    """Say whether this is a spawned worker of multiprocessing that imports its parent's modules once more."""
    return getattr(current_process(), "_inheriting", False)


def before_end(lead: str | timedelta = "2min") -> Callable[[F], F]:
    """Decorate a function that runs by itself ``lead`` before the server is stopped: save a checkpoint.

    It runs in a thread of the kernel, while a cell is running and with no browser open, at most once per end:
    if the end moves after it ran, it runs again before the new one. If less than ``lead`` is left, it runs at
    once. Without an end it never runs. It takes no arguments; what it raises is shown in the notebook and
    stops nothing. A function of the same name takes the earlier one's place, as when a cell is run again: give
    two checkpoints two names. Since it runs beside your cell, let it read values that are complete, such as a
    copy made after each epoch; a long call into C code that holds Python's lock delays it. It does not run in
    the workers of a data loader.
    """
    if callable(lead):
        raise InvalidInput(
            "before_end wants to know how long before.", advice='Write @gpu.before_end("2min").'
        )
    before = seconds(lead)

    def register(function: F) -> F:
        _checked(function)
        if not _is_imported_again():
            _callbacks.add(function, before)
        return function

    return register
