"""What only a person can answer, and who carries the question there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

Kind = Literal["host-key", "passphrase", "password", "code"]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question; an answer to ``host-key`` is yes or no, the others are secret unless ``echo``, and never kept."""

    kind: Kind
    host: str
    text: str
    instructions: str = ""
    echo: bool = False


Prompter = Callable[[Question], Awaitable[str | None]]
"""Asks a person; None: there is nobody, or the person would rather not."""


async def nobody(question: Question) -> str | None:
    """Ask nobody: what needs a person fails."""
    return None
