"""Numbers of things in words."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """Say how many there are: ``1 file``, ``2 files``; for things whose plural is theirs with an s."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
