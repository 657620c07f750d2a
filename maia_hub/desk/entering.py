"""Use cases of staff in students' servers: who may open which now, and whom the hub still lets in and should not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maia_hub.core.entry import Entry, Reason, Visit, rights
from maia_hub.core.errors import Forbidden
from maia_hub.core.ids import UserName
from maia_hub.desk.cases import Cases
from maia_hub.desk.work import Work
from maia_hub.store.entries import Kept
from maia_hub.store.notices import Notice

SHOWN = timedelta(days=7)
"""How long ago a visit may be that the owner of the server still sees."""


@dataclass(frozen=True, slots=True)
class EntriesDue:
    """What the hub is to be told now: whom to shut out, then whom to let in; and when to look again at the latest.

    ``unsure`` are those whom it was asked to let in, and nobody knows whether it has.
    """

    shut_out: tuple[Entry, ...]
    unsure: tuple[Entry, ...]
    let_in: tuple[Entry, ...]
    next_at: datetime | None


class EntryCases(Cases):
    """What the loop asks and reports.

    A right is written down before the hub is asked for it, and forgotten after the hub has taken it back: whatever
    fails in between, the hub never keeps one that nobody knows of.
    """

    def entries_due(self, now: datetime) -> EntriesDue:
        """Compare what the hub may have with what it should."""
        with self._read(now) as work:
            wanted, kept = _wanted(work), {each.entry: each for each in work.tx.entries.all()}
        both = kept.keys() & wanted.keys()
        return EntriesDue(
            shut_out=tuple(sorted(kept.keys() - wanted.keys())),
            unsure=tuple(sorted(entry for entry in both if kept[entry].given is None)),
            let_in=tuple(sorted(wanted.keys() - kept.keys())),
            next_at=min((reason.until for reason in wanted.values()), default=None),
        )

    def entry_begins(self, entry: Entry, now: datetime) -> bool:
        """Write down that the hub will be asked to let somebody in; False if that is not right any more."""
        with self._write(now) as work:
            reason = _wanted(work).get(entry)
            if reason is None:
                return False
            if work.tx.entries.get(entry) is None:
                work.tx.entries.put(_kept(entry, reason, now))
            return True

    def entry_given(self, entry: Entry, now: datetime) -> None:
        """Take note that the hub lets somebody in now; the owner of the server reads it."""
        with self._write(now) as work:
            kept = work.tx.entries.get(entry)
            if kept is not None and kept.given is None:
                work.tx.entries.put(replace(kept, given=now))
                _record(work, "entry.given", kept)

    def entry_ended(self, entry: Entry, now: datetime) -> None:
        """Take note that the hub lets somebody in no more."""
        with self._write(now) as work:
            kept = work.tx.entries.get(entry)
            if kept is not None:
                work.tx.entries.remove(entry)
                _record(work, "entry.ended", kept)

    def visited(self, entry: Entry, now: datetime) -> None:
        """Take note that somebody whom the hub lets in is in another one's server, before it serves her.

        The audit log has it once for each visit, and the owner is told.

        Raises:
            Forbidden: she was let in for a class, and that is over: the hub has not been told yet.
        """
        with self._write(now) as work:
            kept, reason = work.tx.entries.get(entry), _wanted(work).get(entry)
            if kept is not None and reason is None:
                raise Forbidden(
                    "The class for which you could open this server is over.",
                    given=f"{entry.owner}/{entry.server}",
                    advice="Ask the owner to show you what you want to see.",
                )
            last = work.tx.entries.latest(entry)
            if last is not None and last.goes_on(now):
                work.tx.entries.put_visit(replace(last, last=max(now, last.last)))
            else:
                _arrived(work, entry, reason)


def entrants(work: Work, owner: UserName) -> list[Kept]:
    """Return whom the hub lets into somebody's servers for a class."""
    return [kept for kept in work.tx.entries.of_owner(owner) if kept.given is not None]


def visits(work: Work, owner: UserName) -> list[Visit]:
    """Return who was in somebody's servers lately, the newest first."""
    return work.tx.entries.visits_of(owner, work.now - SHOWN)


def open_to(work: Work, visitor: UserName) -> list[Kept]:
    """Return which servers of others somebody may open now; what is yet to be taken back is not offered."""
    if not work.from_settings.policies.staff_entry:
        return []
    return [kept for kept in work.tx.entries.of_visitor(visitor) if kept.given is not None]


def _arrived(work: Work, entry: Entry, reason: Reason | None) -> None:
    visit = Visit(
        owner=entry.owner, server=entry.server, visitor=entry.visitor, since=work.now, last=work.now
    )
    work.tx.entries.put_visit(visit)
    why = "As staff of your class." if reason else "The hub lets this person open it."
    work.tx.notices.add(
        Notice(
            user=entry.owner,
            server=entry.server,
            at=work.now,
            kind="info",
            title=f"{entry.visitor[:60]} has opened your server",
            message=f"{why} Its panel shows who may, and who was there.",
        )
    )
    facts: dict[str, object] = {"server": entry.server, "visitor": entry.visitor}
    if reason is not None:
        facts |= {"class": str(reason.course), "project": reason.project}
    work.record(entry.visitor, "server.visited", entry.server or "default", entry.owner, after=facts)


def _wanted(work: Work) -> Mapping[Entry, Reason]:
    if not work.from_settings.policies.staff_entry:
        return {}
    classes = work.tx.classes.live()
    if not classes:  # mostly so, and this is asked after every decision
        return {}
    return rights(classes, work.tx.bookings.live(), work.tx.leases.live(), work.now)


def _kept(entry: Entry, reason: Reason, now: datetime) -> Kept:
    return Kept(entry=entry, course=reason.course, project=reason.project, since=now)


def _record(work: Work, action: str, kept: Kept) -> None:
    entry = kept.entry
    facts = {
        "server": entry.server,
        "visitor": entry.visitor,
        "class": str(kept.course),
        "project": kept.project,
    }
    work.record("platform", action, kept.course, entry.owner, after=facts)
