"""A desk over a real database file, with people, GPUs and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sqlalchemy import URL, make_url

from maia_hub.core.bookings import Booking
from maia_hub.core.closing import DEMO, Closing
from maia_hub.core.gpus import Gpu
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, GpuId, LeaseId, NodeId, ServerName, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.leases import LeaseEnd
from maia_hub.core.policy import Policy, PolicySet
from maia_hub.core.projects import Projects
from maia_hub.core.sessionfile import SessionFile
from maia_hub.desk import Actor, Asked, Desk, Grant
from maia_hub.store import Store, upgrade
from maia_hub.store.events import Event

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
ADA, BEN, EVE = (Actor(UserName(name)) for name in ("ada", "ben", "eve"))
BOSS = Actor(UserName("boss"), admin=True)
FREE = Policy(name="free")
"""No rule at all: what a test does not speak of does not refuse."""


def gpus(nodes: int = 1, each: int = 2, product: str = "A6000") -> list[Gpu]:
    """Return so many GPUs on so many nodes."""
    return [
        Gpu(GpuId(f"{product}-{node}-{n}"), NodeId(f"{product.lower()}-{node}"), n, product, 2**30)
        for node in range(nodes)
        for n in range(each)
    ]


@dataclass
class Office:
    """A desk, and what it told others; ``where`` is a database, or the folder for one."""

    where: URL | Path
    policy: Policy = FREE
    closing: Closing = DEMO
    projects: Projects = field(default_factory=Projects)
    found: list[Gpu] = field(default_factory=gpus)
    now: datetime = NOON
    files: list[SessionFile] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    publish: Callable[[SessionFile], None] | None = None

    def __post_init__(self) -> None:
        url = make_url(f"sqlite:///{self.where}/maia.db") if isinstance(self.where, Path) else self.where
        upgrade(url)
        self.store = Store(url)
        self.desk = Desk(
            self.store,
            PolicySet(self.policy),
            self.closing,
            self._told,
            self.events.append,
            projects=self.projects,
        )
        self.desk.sync_inventory(self.found, self.now)

    def _told(self, content: SessionFile) -> None:
        (self.publish or self.files.append)(content)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def after(self, **delta: float) -> datetime:
        """Return a moment after noon."""
        return NOON + timedelta(**delta)

    def go(self, **delta: float) -> datetime:
        """Move the clock to a moment after noon and let time do its work."""
        self.now = self.after(**delta)
        self.desk.tick(self.now)
        return self.now

    def book(self, who: Actor, start: float, end: float, gpus: int = 1, pool: str | None = None) -> Booking:
        """Book from and until so many minutes after noon."""
        return self.desk.book(who, self.asked(start, end, gpus, pool), self.now)

    def asked(self, start: float, end: float, gpus: int = 1, pool: str | None = None) -> Asked:
        """Return a wish to book, in minutes after noon."""
        interval = Interval(self.after(minutes=start), self.after(minutes=end))
        return Asked(interval=interval, gpus=gpus, pool=pool)

    def start(
        self, who: Actor, choice: str = "booked", server: ServerName = DEFAULT_SERVER, *, fixed: bool = False
    ) -> Grant:
        """Start a server that gets a grant at once, and let it run."""
        given = self.desk.grant(who.user, server, DEFAULT_PROJECT, choice, self.now, fixed=fixed)
        assert isinstance(given, Grant)
        self.desk.running(given.id, self.now)
        return given

    def respawn(self, who: Actor) -> Grant:
        """Do as the loops do with the one server that is due; the spawner repeats the last choice."""
        (job,) = self.desk.due(self.now).respawns
        assert job.user == who.user
        assert self.desk.mark_stopping(job.grant, job.cause, self.now)
        assert self.desk.stopping(job.user, job.server, self.now)
        self.stop(job.grant)
        given = self.start(who, job.choice or "booked", job.server)
        self.desk.respawned(job.user, job.server, self.now)
        return given

    def stop(self, grant: LeaseId) -> None:
        """Report that the process of a grant is gone."""
        self.desk.ended(grant, LeaseEnd.STOPPED, self.now)

    def notices(self, who: Actor) -> list[str]:
        """Return the kinds of a user's open notices."""
        return [n.kind for n in self.desk.state(who.user, self.now).notices]
