"""What clients and the broker say to each other: frames of a length and a message in MessagePack.

A client asks with a number of its own; the broker answers it with one Result or one Failure, and before that with
Asks for the person there, and Progress. Of a terminal, Feeds are what goes in and Progress what comes out.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from maia_hub.core.errors import MaiaError
from maia_hub.hpc.ssh.questions import Question
from maia_hub.hpc.ssh.target import Target

VERSION = 2
_LENGTH = struct.Struct(">I")
LONGEST = 1 << 30


class Hello(msgspec.Struct, tag=True, frozen=True):
    """The first message of either side."""

    version: int
    agent: str | None = None
    """The client's agent: its keys are offered for connections that this client opens."""


class Call(msgspec.Struct, tag=True, frozen=True):
    """A client wants something done; with ``asks`` there is a person who can be asked."""

    number: int
    method: str
    target: Target | None = None
    arguments: Mapping[str, Any] = {}
    asks: bool = False


class Cancel(msgspec.Struct, tag=True, frozen=True):
    """A client no longer wants what it asked for."""

    number: int


class Feed(msgspec.Struct, tag=True, frozen=True):
    """What call ``number`` gets while it lasts: what was typed, or the new size of the terminal."""

    number: int
    data: bytes = b""
    size: tuple[int, int] | None = None

    def __repr__(self) -> str:
        return f"Feed(number={self.number})"


class Answer(msgspec.Struct, tag=True, frozen=True):
    """What a person answered; None: nothing."""

    number: int
    text: str | None

    def __repr__(self) -> str:
        return f"Answer(number={self.number})"  # a secret never reaches a log


class Ask(msgspec.Struct, tag=True, frozen=True):
    """A question for the person at the client that made call ``number``."""

    number: int
    question: Question


class Progress(msgspec.Struct, tag=True, frozen=True):
    """How far call ``number`` is."""

    number: int
    state: Mapping[str, Any]


class Result(msgspec.Struct, tag=True, frozen=True):
    """Call ``number`` is done."""

    number: int
    value: Any = None


class Failure(msgspec.Struct, tag=True, frozen=True):
    """Call ``number`` failed with an error that is fit for its user."""

    number: int
    code: str
    message: str
    given: Any = None
    allowed: Any = None
    advice: str | None = None
    started: bool | None = None


Message = Hello | Call | Cancel | Feed | Answer | Ask | Progress | Result | Failure
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


class BadMessage(Exception):
    """The other side does not speak this protocol."""


class Wire:
    """One side of a conversation."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: Message) -> None:
        """Send a message."""
        data = _encode(message)
        self._writer.write(_LENGTH.pack(len(data)) + data)
        await self._writer.drain()

    async def receive(self) -> Message | None:
        """Return the next message; None at the end."""
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            if length > LONGEST:
                raise BadMessage("a message is too long")
            message: Message = _decode(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        except msgspec.DecodeError as e:
            raise BadMessage(str(e)) from e
        return message

    def close(self) -> None:
        """End the conversation."""
        self._writer.close()

    async def closed(self) -> None:
        """Wait for its end."""
        try:
            await self._writer.wait_closed()
        except OSError:
            return


def failure(number: int, error: MaiaError) -> Failure:
    """Return an error as a message."""
    return Failure(
        number,
        error.code,
        error.message,
        None if error.given is None else str(error.given),
        _plain(error.allowed),
        error.advice,
        getattr(error, "started", None),
    )


def error(failed: Failure, classes: Sequence[type[MaiaError]]) -> MaiaError:
    """Return the error that a message tells of."""
    kind = next((each for each in classes if each.code == failed.code), MaiaError)
    more: dict[str, Any] = {"advice": failed.advice}
    if failed.started is not None:
        more["started"] = failed.started
    made = kind(failed.message, **more)
    made.given, made.allowed = failed.given, failed.allowed
    return made


def _plain(value: object) -> Any:
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def data(word: str) -> bytes:
    """Return a word as it travels: names need not be UTF-8."""
    return word.encode(errors="surrogateescape")


def text(word: bytes) -> str:
    """Return a word that has travelled."""
    return word.decode(errors="surrogateescape")
