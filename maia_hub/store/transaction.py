"""One transaction: a repository for each aggregate, made when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from maia_hub.store.admissions import Admissions
from maia_hub.store.alarms import Alarms
from maia_hub.store.amendments import Amendments
from maia_hub.store.answers import Answers
from maia_hub.store.bookings import Bookings
from maia_hub.store.classes import Classes
from maia_hub.store.contacts import Contacts
from maia_hub.store.counts import Counts
from maia_hub.store.decisions import Question
from maia_hub.store.entries import Entries
from maia_hub.store.events import Events
from maia_hub.store.feeds import Feeds
from maia_hub.store.inventory import Inventory
from maia_hub.store.keeps import Keeps
from maia_hub.store.leases import Leases
from maia_hub.store.letters import Letters
from maia_hub.store.marks import Marks
from maia_hub.store.notices import Notices
from maia_hub.store.queue import Queue
from maia_hub.store.reminders import Reminders
from maia_hub.store.reports import Reports
from maia_hub.store.retention import Retention
from maia_hub.store.series import SeriesBook
from maia_hub.store.servers import Servers
from maia_hub.store.templates import Templates
from maia_hub.store.toolshares import ToolShares
from maia_hub.store.web_sessions import WebSessions
from maia_hub.store.wishes import Wishes


@dataclass(frozen=True)
class Transaction:
    """The repositories of one transaction."""

    connection: Connection
    numbers: list[int] = field(default_factory=list)
    """Of events that it may write; without any the database numbers them."""
    asks: Callable[[Sequence[Question]], list[list[Any]]] | None = None
    """What asks several questions at once, if the database can be asked so."""

    def ask_all(self, questions: Sequence[Question]) -> list[list[Any]]:
        """Return the rows of several questions."""
        if self.asks is None:
            return [list(self.connection.execute(*question)) for question in questions]
        return self.asks(questions)

    @cached_property
    def inventory(self) -> Inventory:
        """Pools, nodes, GPUs, outages."""
        return Inventory(self.connection)

    @cached_property
    def bookings(self) -> Bookings:
        """Bookings."""
        return Bookings(self.connection)

    @cached_property
    def series(self) -> SeriesBook:
        """What bookings were made as parts of."""
        return SeriesBook(self.connection)

    @cached_property
    def classes(self) -> Classes:
        """Who learns and teaches together."""
        return Classes(self.connection)

    @cached_property
    def entries(self) -> Entries:
        """Who may open others' servers, and who was there."""
        return Entries(self.connection)

    @cached_property
    def leases(self) -> Leases:
        """Leases."""
        return Leases(self.connection)

    @cached_property
    def servers(self) -> Servers:
        """What each server was given, and what comes next for it."""
        return Servers(self.connection)

    @cached_property
    def admissions(self) -> Admissions:
        """Which pod is there for which lease."""
        return Admissions(self.connection)

    @cached_property
    def alarms(self) -> Alarms:
        """What is wrong with nodes and bookings."""
        return Alarms(self.connection)

    @cached_property
    def reminders(self) -> Reminders:
        """What owners of bookings were warned of or asked."""
        return Reminders(self.connection)

    @cached_property
    def notices(self) -> Notices:
        """Messages to users."""
        return Notices(self.connection)

    @cached_property
    def queue(self) -> Queue:
        """Who waits for an idle GPU."""
        return Queue(self.connection)

    @cached_property
    def wishes(self) -> Wishes:
        """Who waits for booked time that may come free."""
        return Wishes(self.connection)

    @cached_property
    def keeps(self) -> Keeps:
        """What is kept free for who has waited longest."""
        return Keeps(self.connection)

    @cached_property
    def events(self) -> Events:
        """The append-only record of every decision."""
        return Events(self.connection, numbers=self.numbers)

    @cached_property
    def marks(self) -> Marks:
        """What occurs in which events."""
        return Marks(self.connection)

    @cached_property
    def answers(self) -> Answers:
        """What was answered to requests that may be repeated."""
        return Answers(self.connection)

    @cached_property
    def feeds(self) -> Feeds:
        """Subscriptions of calendar programs."""
        return Feeds(self.connection)

    @cached_property
    def templates(self) -> Templates:
        """Wishes to book that people keep."""
        return Templates(self.connection)

    @cached_property
    def tool_shares(self) -> ToolShares:
        """Tools of workspaces that are shared."""
        return ToolShares(self.connection)

    @cached_property
    def contacts(self) -> Contacts:
        """Whom to tell where."""
        return Contacts(self.connection)

    @cached_property
    def letters(self) -> Letters:
        """What is to be sent."""
        return Letters(self.connection)

    @cached_property
    def amendments(self) -> Amendments:
        """What administrators changed of the rules."""
        return Amendments(self.connection)

    @cached_property
    def reports(self) -> Reports:
        """Sums over bookings and leases."""
        return Reports(self.connection)

    @cached_property
    def counts(self) -> Counts:
        """Numbers for whoever watches the platform."""
        return Counts(self.connection)

    @cached_property
    def retention(self) -> Retention:
        """Forgetting what is kept no longer."""
        return Retention(self.connection)

    @cached_property
    def web_sessions(self) -> WebSessions:
        """Sign-ins of browsers."""
        return WebSessions(self.connection)
