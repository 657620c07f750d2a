"""What goes wrong, shown as words or as the cell's own traceback, and an error all the same: nothing runs after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from maia_hub.client.wording import error_lines
from maia_hub.core.errors import MaiaError


class NotDone(Exception):
    """An error that IPython shows by its lines alone."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)

    def _render_traceback_(self) -> list[str]:
        return [f"Not done: {self.lines[0]}", *self.lines[1:]]


class RemoteError(NotDone):
    """The cell ended with an error where it ran; this is its traceback."""

    def _render_traceback_(self) -> list[str]:
        return self.lines


@contextmanager
def in_words() -> Iterator[None]:
    """Let errors of ours be shown by their words."""
    try:
        yield
    except MaiaError as e:
        raise NotDone(error_lines(e)) from None
