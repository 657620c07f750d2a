"""What runs tools on this machine, as those who use it see it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from maia_hub.core.ids import ProjectId, UserName
from maia_hub.tools.model import Credentials, Holder, Status, Tool


class Runner(Protocol):
    """Runs the tools of projects; everything may be asked of tools that have never been started.

    Errors are `MaiaError`: `NotFound` for a name that is not of ``names``, `Unavailable` for what cannot be installed
    or does not become ready.
    """

    def names(self) -> Sequence[str]:
        """Return the names of the tools that it can run for any project."""

    def status(self, project: ProjectId, name: str) -> Status:
        """Return how a tool fares, by what is known: this asks nobody."""

    def tool(self, project: ProjectId, name: str) -> Tool | None:
        """Return a tool that is ready; None if it is not."""

    def start(self, project: ProjectId, name: str) -> None:
        """Have it started, and what it needs; return at once. What runs or is starting goes on."""

    async def ensure(self, project: ProjectId, name: str) -> Tool:
        """Start it if it does not run, and return it when it is ready; two at once get the same."""

    async def stop(self, project: ProjectId, name: str) -> None:
        """End it, or the installing of it, and return when it has ended; its data stays."""

    def log(self, project: ProjectId, name: str, lines: int = 200) -> list[str]:
        """Return the last lines of its log."""

    async def credentials(self, project: ProjectId, name: str, person: UserName) -> Credentials:
        """Return a person's own credentials of a tool that is ready, making them at first; none where it has none."""

    async def rotate(self, project: ProjectId, name: str, person: UserName) -> Credentials:
        """Replace a person's own credentials; those that she had are of no use any more."""

    def holders(self) -> Sequence[Holder]:
        """Return who has credentials of her own, to tools that run and to those that do not."""

    def take_back(self, holder: Holder) -> None:
        """Make a person's own credentials of no use any more, at once."""

    def changes(self) -> AsyncIterator[tuple[ProjectId, str]]:
        """Yield project and name whenever how a tool fares has changed, for ever."""

    async def close(self) -> None:
        """End everything."""
