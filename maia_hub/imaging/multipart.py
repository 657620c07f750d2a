"""Messages of several parts (RFC 2387), written and read as a stream: memory holds a block, never an object."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from maia_hub.core.errors import Unavailable

BLOCK = 1 << 18
_LONGEST_HEAD = 1 << 14


class Changed(Exception):
    """A file is not as long any more as it was; it holds its path."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


class Message:
    """Files to send as parts of one message of a known length."""

    def __init__(self, files: Sequence[tuple[Path, int]]) -> None:
        self._files = files
        self._boundary = secrets.token_hex(16)
        self._head = f"\r\n--{self._boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        self._end = f"\r\n--{self._boundary}--\r\n".encode()

    @property
    def headers(self) -> dict[str, str]:
        """What is said of it before it comes."""
        length = sum(size + len(self._head) for _, size in self._files) + len(self._end)
        kind = f'multipart/related; type="application/dicom"; boundary={self._boundary}'
        return {"Content-Type": kind, "Content-Length": str(length)}

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield it."""
        for path, size in self._files:
            yield self._head
            for block in _blocks(path, size):
                yield block
        yield self._end


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    left = size
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                left -= len(block)
                if left < 0:
                    break
                yield block
    except OSError:
        left = -1
    if left:
        raise Changed(path)


class Splitter:
    """Takes a message's bytes as they come and gives back those of its parts."""

    def __init__(self, content_type: str) -> None:
        found = re.search(r'boundary="?([^";,\s]+)"?', content_type)
        if not content_type.startswith("multipart/") or not found:
            kind = content_type[:80] or "nothing"
            raise Unavailable(f"The image server answers with {kind}, not with objects.")
        self._boundary = f"\r\n--{found[1]}".encode()
        self._held = b"\r\n"
        self._inside = False
        self.whole = False
        """Whether the end of the message has come."""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        """Yield those bytes of parts that are certain now, each time with whether the part ends there."""
        self._held += data
        while self._inside or self._enter():
            end = self._held.find(self._boundary)
            if end < 0:
                sure = max(len(self._held) - len(self._boundary) + 1, 0)
                yield self._held[:sure], False
                self._held = self._held[sure:]
                return
            yield self._held[:end], True
            self._held = self._held[end:]
            self._inside = False

    def _enter(self) -> bool:
        """Pass over what comes before a part; say whether that is there already, and a part after it."""
        begin = self._held.find(self._boundary)
        after = begin + len(self._boundary)
        if begin >= 0 and self._held[after : after + 2] == b"--":
            self.whole = True
            self._held = b""
        head = self._held.find(b"\r\n\r\n", after) if begin >= 0 else -1
        if head < 0:
            if len(self._held) > _LONGEST_HEAD:
                raise Unavailable("The image server's answer has no parts.")
            return False
        self._inside = True
        self._held = self._held[head + 4 :]
        return True
