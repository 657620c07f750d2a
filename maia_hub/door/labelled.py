"""Tools that run in the cluster: the labelled Services of the namespaces that the site has given to projects."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from maia_hub.cluster.connection import Api
from maia_hub.cluster.services import LabelledService, ServiceWatch
from maia_hub.core.ids import ProjectId
from maia_hub.door.news import News
from maia_hub.door.outside import EVERY, Outside
from maia_hub.service.people import Clock
from maia_hub.tools.kinds import kinds
from maia_hub.tools.model import NAME, RESERVED, Credentials, Kind, Page, Tool

_KNOWN_WITHIN = 5.0
"""Seconds in which all is known before the door opens; tools of other sources do not wait longer."""
_log = structlog.get_logger("maia.door.labelled")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a namespace is for: whose tools are there, and which Secrets there may be read."""

    project: ProjectId
    secrets: tuple[str, ...] = ()


class Labelled(Outside):
    """Follows Services; of two by one name in a project's namespaces that of the first namespace counts.

    A Service that is not what it must be has a card that says so, and nothing is ever forwarded to it.
    """

    def __init__(self, api: Api, grounds: Mapping[str, Ground], clock: Clock, every: float = EVERY) -> None:
        super().__init__({ground.project for ground in grounds.values()}, self._of, clock, every)
        self._grounds = grounds
        self._watch = ServiceWatch(api, {name: each.secrets for name, each in grounds.items()}, self._tell)
        self._news: News | None = None
        self._told: set[tuple[str, str]] = set()

    @asynccontextmanager
    async def watching(self, news: News) -> AsyncIterator[None]:
        """Follow Services, and ask each how it fares, as long as this lasts."""
        self._news = news
        following = asyncio.create_task(self._watch.run())
        try:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._watch.synced(), _KNOWN_WITHIN)
            async with super().watching(news):
                yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    def _tell(self) -> None:
        self.changed.set()
        if self._news is not None:
            self._news.tell()

    def _of(self, project: ProjectId) -> Sequence[Tool]:
        found: dict[str, Tool] = {}
        for namespace, ground in self._grounds.items():
            if ground.project == project:
                for service in self._watch.services(namespace):
                    if (kind := self._kind(service)) is not None:
                        found.setdefault(service.name, self._tool(project, kind, service))
        return list(found.values())

    def _kind(self, service: LabelledService) -> Kind | None:
        """Return the kind of a Service; None, and say so once, if there is no card that could show it."""
        kind = kinds().get(service.kind)
        if kind is not None and re.fullmatch(NAME, service.name) and service.name not in RESERVED:
            return kind.elsewhere or kind
        if (service.namespace, service.name) not in self._told:
            self._told.add((service.namespace, service.name))
            why = "no such kind" if kind is None else "its name is longer than 30 letters, or the platform's"
            _log.warning("not a tool", namespace=service.namespace, service=service.name, why=why)
        return None

    def _tool(self, project: ProjectId, kind: Kind, service: LabelledService) -> Tool:
        known = self._watch.sign_in(service.namespace, service.secret) if service.secret else None
        wrong = (
            service.wrong or _unfit(kind) or ("" if known or not service.secret else self._unread(service))
        )
        return Tool(
            project=project,
            name=service.name,
            kind=kind,
            title=service.title or kind.title,
            address="" if wrong else service.address,
            credentials=Credentials(known.user, known.secret) if known and not wrong else Credentials(),
            extra=service.extra,
            wrong=wrong,
        )

    def _unread(self, service: LabelledService) -> str:
        if not self._watch.may_read(service.namespace, service.secret):
            return "Its Secret is none of those that the site lets the platform read in that namespace."
        return "Its Secret is not there, or has no password."


def _unfit(kind: Kind) -> str:
    if kind.page is Page.OUTSIDE or kind.static is not None:
        return f"A Service cannot be of the kind {kind.name}: a link in the site's settings leads to a page elsewhere."
    return ""
