"""The event stream as typed values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from maia_hub.client.models import State, Tick, Usage
from maia_hub.core.errors import Unavailable

_SHAPES: dict[str, type[BaseModel]] = {"state": State, "usage": Usage, "time": Tick}


@dataclass(frozen=True)
class StreamEvent:
    """One event: ``data`` is a `State`, a `Usage` or a `Tick`, as ``name`` says."""

    name: str
    data: BaseModel


@dataclass
class Parser:
    """Turns the lines of a text/event-stream into events; unknown events and comments are passed over."""

    _name: str = "message"
    _data: list[str] = field(default_factory=list)

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
        return None

    def _complete(self) -> StreamEvent | None:
        name, data = self._name, "\n".join(self._data)
        self._name, self._data = "message", []
        shape = _SHAPES.get(name)
        if not shape or not data:
            return None
        try:
            return StreamEvent(name, shape.model_validate_json(data))
        except ValidationError as e:
            raise Unavailable(
                "The booking service says something that this program does not understand.",
                given=f"event {name}",
                advice="Start the program anew; if it lasts, tell the administrator.",
            ) from e


def parse(lines: Iterable[str]) -> Iterator[StreamEvent]:
    """Yield the events of a stream of lines."""
    parser = Parser()
    for line in lines:
        event = parser.feed(line)
        if event is not None:
            yield event
