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
    """Takes a message's bytes as they come and gives back those of its first part."""

    def __init__(self, content_type: str) -> None:
        found = re.search(r'boundary="?([^";,\s]+)"?', content_type)
        self._boundary = f"\r\n--{found[1]}".encode() if found else b""
        self._held = b"\r\n"
        self._begun = False
        self.whole = False
        """Whether the end of the part has come."""

    @classmethod
    def for_answer(cls, content_type: str) -> Splitter:
        """Return one for an answer.

        Raises:
            Unavailable: the answer is no message of parts.
        """
        splitter = cls(content_type)
        if not content_type.startswith("multipart/") or not splitter._boundary:
            raise Unavailable(
                f"The image server answers with {content_type[:80] or 'nothing'}, not with an object."
            )
        return splitter

    def feed(self, data: bytes) -> bytes:
        """Return those bytes of the part that are certain now."""
        if self.whole:
            return b""
        self._held += data
        if not self._begun and not self._skip_head():
            return b""
        end = self._held.find(self._boundary)
        if end >= 0:
            self.whole = True
            sure, self._held = self._held[:end], b""
            return sure
        sure_length = max(len(self._held) - len(self._boundary) + 1, 0)
        sure, self._held = self._held[:sure_length], self._held[sure_length:]
        return sure

    def _skip_head(self) -> bool:
        begin = self._held.find(self._boundary)
        head = self._held.find(b"\r\n\r\n", begin + len(self._boundary)) if begin >= 0 else -1
        if head < 0:
            if len(self._held) > _LONGEST_HEAD:
                raise Unavailable("The image server's answer has no parts.")
            return False
        self._begun = True
        self._held = self._held[head + 4 :]
        return True
