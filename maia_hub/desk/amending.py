"""Use cases of rules: what administrators change of policies and quotas, and what that would have meant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.amendments import Amendment, Rules, check_policy
from maia_hub.core.errors import ChangedMeanwhile, InvalidInput
from maia_hub.core.ids import UserName
from maia_hub.core.interval import in_words
from maia_hub.core.rules import Policy
from maia_hub.core.trial import Trial, tried
from maia_hub.desk.cases import Cases
from maia_hub.desk.people import Actor, require_admin
from maia_hub.desk.work import Work
from maia_hub.store.amendments import written

LONGEST_TRIAL = timedelta(days=366)
_BEFORE = timedelta(days=62)
"""Of what lies before a trial as much counts: the month of its first booking, and a cool-down."""


class AmendingCases(Cases):
    """The rules, as their administrators see them."""

    def rules(self, actor: Actor, now: datetime) -> Rules:
        """Return what the settings say, and what is changed of it (administrators)."""
        require_admin(actor)
        with self._read(now) as work:
            return work.rules

    def amend(
        self, actor: Actor, amendment: Amendment, now: datetime, seen: Collection[str] | None = None
    ) -> Rules:
        """Let other terms hold from now on (administrators); bookings that are made already keep their place.

        ``seen`` are the versions (`Rules.version`) that who asks may have seen; None: it does not matter.

        Raises:
            ChangedMeanwhile: another amendment was made since.
            InvalidInput: the terms contradict themselves.
        """
        require_admin(actor)
        if isinstance(amendment.terms, Policy):
            check_policy(amendment.terms)
        with self._write(now) as work:
            kind, project = amendment.kind, amendment.project
            latest = work.rules.latest(kind, project)
            if seen is not None and work.rules.version(kind, project) not in seen:
                raise _changed(latest, seen)
            before = work.rules.terms(kind, project)
            work.tx.amendments.add(amendment)
            after = replace(work.rules, amendments=work.tx.amendments.latest())
            now_said = after.terms(kind, project)
            work.record(
                actor.user,
                f"{kind.value}.changed",
                project or "all projects",
                UserName(""),
                reason=amendment.reason,
                before=None if before is None else written(before),
                after=None if now_said is None else written(now_said),
            )
            return after

    def try_out(self, actor: Actor, proposed: Amendment, days: int, now: datetime) -> Trial:
        """Say which bookings of the last days the rules with this amendment would have refused (administrators)."""
        require_admin(actor)
        if isinstance(proposed.terms, Policy):
            check_policy(proposed.terms)
        length = timedelta(days=days)
        if not timedelta(days=1) <= length <= LONGEST_TRIAL:
            raise InvalidInput("Rules are tried on 1 to 366 days.", given=days, allowed="1 to 366")
        with self._read(now) as work:
            return _tried(work, proposed, now - length)


def _tried(work: Work, proposed: Amendment, first: datetime) -> Trial:
    others = [a for a in work.rules.amendments if (a.kind, a.project) != (proposed.kind, proposed.project)]
    known = work.tx.bookings.known_since(first - _BEFORE)
    products = {pool.id: pool.product for pool in work.tx.inventory.pools()}
    return tried(work.rules.amended([*others, proposed]), work.in_force, known, products, first)


def _changed(latest: Amendment | None, seen: Collection[str]) -> ChangedMeanwhile:
    told = (
        f"{latest.by} changed it at {in_words(latest.at)}: {latest.reason}"
        if latest
        else "it was not changed"
    )
    return ChangedMeanwhile(
        "These rules are not as you have seen them.",
        given=", ".join(seen),
        allowed=told,
        advice="Look at what they say now; then change them again, if you still want to.",
        details={"changes": []},
    )
