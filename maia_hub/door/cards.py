"""What the panel shows of a tool."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from maia_hub.tools.model import Page, Status, Tool

PageSaid = Literal["sandboxed", "trusted", "outside"]


class Card(BaseModel):
    """One tool as it stands: ``url`` is the path of its page, or its address where that has another origin."""

    name: str
    kind: str
    title: str
    url: str
    state: str
    since: datetime
    reason: str
    progress: float | None
    doing: str
    version: str
    local: bool
    opens: Literal["page", "none"]
    page: PageSaid
    snippet: str
    fact: dict[str, Any] | None


class Cards(BaseModel):
    """The tools of a project, and of which projects one may ask."""

    project: str
    projects: list[str]
    tools: list[Card]


def card(tool: Tool, status: Status, fact: dict[str, Any] | None, door: str) -> Card:
    """Return the card of a tool; ``door`` is the door's path, or its address where it has an origin of its own."""
    outside = tool.kind.page is Page.OUTSIDE
    return Card(
        name=tool.name,
        kind=tool.kind.name,
        title=tool.title,
        url=tool.address if outside else f"{door}/{tool.project}/{tool.name}/",
        state=status.state.value,
        since=status.since,
        reason=status.reason,
        progress=status.progress,
        doing=status.doing,
        version=status.version,
        local=tool.local,
        opens="none" if tool.kind.page is Page.NONE else "page",
        page=_page(tool.kind.page),
        snippet=tool.kind.snippet,
        fact=fact,
    )


def _page(page: Page) -> PageSaid:
    if page is Page.OUTSIDE:
        return "outside"
    return "trusted" if page is Page.TRUSTED else "sandboxed"
