"""Tools that people share in the database, and the words by which their workspaces know the door."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, select

from maia_hub.core.ids import ProjectId, ServerName, UserName
from maia_hub.core.toolshares import ToolShare
from maia_hub.store.share_tables import tool_shares, tool_words
from maia_hub.store.upsert import upsert


@dataclass(frozen=True)
class ToolShares:
    """The shares of everybody; those that ended stay, so that their guests read why."""

    connection: Connection

    def get(self, share_id: UUID) -> ToolShare | None:
        """Return a share, or None."""
        query = select(tool_shares).where(tool_shares.c.id == share_id)
        row = self.connection.execute(query).one_or_none()
        return _share_of(row) if row else None

    def standing(self, user: UserName, now: datetime) -> list[ToolShare]:
        """Return what somebody shares or what is shared with her now, the oldest first."""
        hers = (tool_shares.c.owner == user) | (tool_shares.c.guest == user)
        query = (
            select(tool_shares)
            .where(hers, tool_shares.c.revoked.is_(None), tool_shares.c.until > now)
            .order_by(tool_shares.c.created, tool_shares.c.id)
        )
        return [_share_of(row) for row in self.connection.execute(query)]

    def put(self, share: ToolShare) -> None:
        """Write a share, new or changed."""
        values = asdict(share)
        upsert(self.connection, tool_shares, {"id": values.pop("id")}, values)

    def word(self, owner: UserName, server: ServerName, tool: str) -> str | None:
        """Return the word that the workspace of a tool wants to hear, if it has told it."""
        table = tool_words.c
        query = select(table.word).where(table.owner == owner, table.server == server, table.tool == tool)
        found = self.connection.execute(query).scalar_one_or_none()
        return None if found is None else str(found)

    def put_word(self, owner: UserName, server: ServerName, tool: str, word: str, now: datetime) -> None:
        """Write the word of a tool in the place of the one before."""
        key = {"owner": owner, "server": server, "tool": tool}
        upsert(self.connection, tool_words, key, {"word": word, "since": now})

    def forget_word(self, owner: UserName, server: ServerName, tool: str) -> None:
        """Forget the word of a tool that nobody is led to any more."""
        table = tool_words.c
        self.connection.execute(
            delete(tool_words).where(table.owner == owner, table.server == server, table.tool == tool)
        )


def _share_of(row: Row[Any]) -> ToolShare:
    return ToolShare(
        id=row.id,
        owner=UserName(row.owner),
        server=ServerName(row.server),
        tool=row.tool,
        guest=UserName(row.guest),
        project=ProjectId(row.project),
        until=row.until,
        created=row.created,
        revoked=row.revoked,
    )
