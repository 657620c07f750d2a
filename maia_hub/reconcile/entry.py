"""The loop that lets the staff of classes into students' servers while they run, and shuts them out afterwards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from maia_hub.core.entry import Entry
from maia_hub.core.errors import Forbidden, MaiaError
from maia_hub.core.ids import ServerName, UserName
from maia_hub.reconcile.bell import Bell

_log = logging.getLogger(__name__)
_LONGEST_SLEEP = 5.0  # seconds: what nobody told is noticed within this time
_AGAIN = 1.0  # seconds after the hub did not answer
_REST = 0.2  # seconds between two looks: a storm of events is one look
_LATER = timedelta(seconds=30)
"""Who could not be let in, for she has never signed in at the hub, is tried again after that."""


class EntriesDue(Protocol):
    """What the hub is to be told now, and when to look again at the latest."""

    @property
    def shut_out(self) -> Sequence[Entry]:
        """What it may have and should not."""

    @property
    def unsure(self) -> Sequence[Entry]:
        """What it was asked for, and nobody knows whether it has."""

    @property
    def let_in(self) -> Sequence[Entry]:
        """What it should have and was not asked for."""

    @property
    def next_at(self) -> datetime | None:
        """When the next one ends."""


class EntryDesk(Protocol):
    """The use cases that the loop calls."""

    def entries_due(self, now: datetime) -> EntriesDue:
        """Compare what the hub may have with what it should."""

    def entry_begins(self, entry: Entry, now: datetime) -> bool:
        """Write down that the hub will be asked to let somebody in; False if that is not right any more."""

    def entry_given(self, entry: Entry, now: datetime) -> None:
        """Take note that the hub lets somebody in now."""

    def entry_ended(self, entry: Entry, now: datetime) -> None:
        """Take note that the hub lets somebody in no more."""


class EntryHub(Protocol):
    """Who may open which server, at the hub."""

    async def entrants(self, user: UserName, server: ServerName) -> frozenset[UserName]:
        """Return who was let into a server."""

    async def let_in(self, user: UserName, server: ServerName, visitor: UserName) -> None:
        """Let somebody in."""

    async def shut_out(self, user: UserName, server: ServerName, visitor: UserName) -> None:
        """Shut somebody out; who was not let in is no error."""


class EntryKeeper:
    """Makes the hub have what it should; only one process may run it.

    What has to go goes first, and is tried again for ever. What the desk does not know of was shared by others and
    is left alone.
    """

    def __init__(self, desk: EntryDesk, hub: EntryHub, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._hub = hub
        self._clock = clock
        self._later: dict[Entry, datetime] = {}
        self._bell = Bell()

    def wake(self, *_: object) -> None:
        """Look soon; may be called from any thread."""
        self._bell.ring()

    async def run(self) -> None:
        """Run until cancelled; a failure is logged, and it goes on."""
        await self._bell.answer(
            self.look, "who may open students' servers is not settled, and will be", again=_AGAIN, apart=_REST
        )

    async def look(self) -> float:
        """Do what is due; return after how many seconds to look again."""
        due = await asyncio.to_thread(self._desk.entries_due, self._clock())
        self._later = {entry: at for entry, at in self._later.items() if at > self._clock()}
        kept = [entry for entry in due.shut_out if not await self._tried(self._shut_out, entry)]
        for entry in due.unsure:
            await self._tried(self._let_in, entry)
        for entry in due.let_in:
            if entry not in self._later:
                await self._tried(self._begin, entry)
        pause = _AGAIN if kept else _LONGEST_SLEEP
        if due.next_at is not None:
            pause = min(pause, (due.next_at - self._clock()).total_seconds())
        return pause

    async def _tried(self, act: Callable[[Entry], Awaitable[None]], entry: Entry) -> bool:
        """Do it; tell whether that worked. One that fails keeps no other from its turn."""
        try:
            await act(entry)
        except Forbidden as e:
            _log.error("JupyterHub does not let the platform say who opens whose server: %s", e.message)
        except MaiaError as e:
            _log.warning("%s and the server %s/%s: %s", entry.visitor, entry.owner, entry.server, e.message)
        else:
            return True
        self._later[entry] = self._clock() + _LATER
        return False

    async def _shut_out(self, entry: Entry) -> None:
        await self._hub.shut_out(entry.owner, entry.server, entry.visitor)
        await asyncio.to_thread(self._desk.entry_ended, entry, self._clock())
        _log.info("%s can no longer open the server %s/%s", entry.visitor, entry.owner, entry.server)

    async def _begin(self, entry: Entry) -> None:
        """Let somebody in, unless others did so already: then it is not ours to take back."""
        if entry.visitor in await self._hub.entrants(entry.owner, entry.server):
            self._later[entry] = self._clock() + _LATER
        elif await asyncio.to_thread(self._desk.entry_begins, entry, self._clock()):
            await self._let_in(entry)

    async def _let_in(self, entry: Entry) -> None:
        await self._hub.let_in(entry.owner, entry.server, entry.visitor)
        await asyncio.to_thread(self._desk.entry_given, entry, self._clock())
        _log.info("%s can open the server %s/%s", entry.visitor, entry.owner, entry.server)
