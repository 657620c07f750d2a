"""The event stream as typed values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from maia_hub.client.models import Change, Reset, State, Tick, Usage
from maia_hub.core.errors import Unavailable

_SHAPES: dict[str, type[BaseModel]] = {
    "state": State,
    "change": Change,
    "reset": Reset,
    "usage": Usage,
    "time": Tick,
}
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds before a stream that ended is asked for again: the first time, and after ever longer ones."""


@dataclass(frozen=True)
class StreamEvent:
    """One event: ``data`` is a `State`, a `Change`, a `Reset`, a `Usage` or a `Tick`, as ``name`` says.

    ``id`` is up to where all changes were told: the stream goes on from there for whoever brings it.
    """

    name: str
    data: BaseModel
    id: str = ""


@dataclass
class Parser:
    """Turns the lines of a text/event-stream into events; unknown events and comments are passed over."""

    _name: str = "message"
    _data: list[str] = field(default_factory=list)
    last: str = ""
    """The last id that was told."""

    def feed(self, line: str) -> StreamEvent | None:
        """Take one line; return an event if the line completes one."""
        if not line:
            return self._complete()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last = value
        return None

    def _complete(self) -> StreamEvent | None:
        name, data = self._name, "\n".join(self._data)
        self._name, self._data = "message", []
        shape = _SHAPES.get(name)
        if not shape or not data:
            return None
        try:
            return StreamEvent(name, shape.model_validate_json(data), self.last)
        except ValidationError as e:
            raise Unavailable(
                "The booking service says something that this program does not understand.",
                given=f"event {name}",
                advice="Start the program anew; if it lasts, tell the administrator.",
            ) from e


def pause_after(failures: int) -> float:
    """Return the seconds to wait before a stream is asked for again."""
    return min(FIRST_PAUSE * 2.0 ** min(failures, 10), LONGEST_PAUSE)


def parse(lines: Iterable[str]) -> Iterator[StreamEvent]:
    """Yield the events of a stream of lines."""
    parser = Parser()
    for line in lines:
        event = parser.feed(line)
        if event is not None:
            yield event
