"""gzip on all processors: blocks are compressed apart and make up one ordinary stream."""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

_BLOCK = 1 << 21
_LEVEL = 4
"""A fifth of the time of the usual 6, for files that are 3 % longer."""
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""A gzip header without name and time: the same voxels make the same file."""


def compress(
    blocks: Iterator[bytes | memoryview], into: Path, tell: Callable[[int], None] | None = None
) -> None:
    """Write blocks as a gzip file; ``tell`` is given the bytes of each block that is through."""
    workers = min(8, os.cpu_count() or 1)
    waiting: deque[tuple[int, Future[bytes]]] = deque()
    checksum = size = 0
    with into.open("wb") as file, ThreadPoolExecutor(workers) as pool:
        file.write(_HEAD)

        def write_one() -> None:
            length, packed = waiting.popleft()
            file.write(packed.result())
            if tell:
                tell(length)

        for block in blocks:
            waiting.append((len(block), pool.submit(_packed, block)))
            checksum, size = zlib.crc32(block, checksum), size + len(block)
            if len(waiting) > 2 * workers:
                write_one()
        while waiting:
            write_one()
        file.write(zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush(zlib.Z_FINISH))
        file.write(struct.pack("<II", checksum, size & 0xFFFFFFFF))


def _packed(block: bytes | memoryview) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)


def blocks(*parts: bytes | NDArray[Any]) -> Iterator[bytes | memoryview]:
    """Cut what lies in memory, or in a mapped file, into blocks."""
    for part in parts:
        view = memoryview(part if isinstance(part, bytes) else part.data).cast("B")
        for begin in range(0, len(view), _BLOCK):
            yield view[begin : begin + _BLOCK]
