"""What the hub says about a single-user server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from maia_hub.core.ids import ServerName, UserName


@dataclass(frozen=True, slots=True)
class HubServer:
    """One server as the hub sees it; ``pending`` is None, ``spawn`` or ``stop``."""

    user: UserName
    name: ServerName
    ready: bool
    pending: str | None
    stopped: bool
    user_options: Mapping[str, object] = field(default_factory=dict)


class ServerModel(BaseModel):
    """The hub's JSON of a server, as far as it is read."""

    model_config = ConfigDict(extra="ignore")

    name: str
    ready: bool = False
    pending: str | None = None
    stopped: bool = False
    user_options: dict[str, object] | None = None

    def of(self, user: str) -> HubServer:
        """Return it as a server of ``user``."""
        return HubServer(
            user=UserName(user),
            name=ServerName(self.name),
            ready=self.ready,
            pending=self.pending,
            stopped=self.stopped,
            user_options=self.user_options or {},
        )


class UserModel(BaseModel):
    """The hub's JSON of a user, as far as it is read."""

    model_config = ConfigDict(extra="ignore")

    name: str
    servers: dict[str, ServerModel] = {}


class _Named(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str


class _ShareModel(BaseModel):
    model_config = ConfigDict(extra="ignore")

    user: _Named | None = None


class _Pages(BaseModel):
    model_config = ConfigDict(extra="ignore")

    next: dict[str, str | int] | None = None


class SharesModel(BaseModel):
    """The hub's JSON of a page of shares, as far as it is read; a share with a group has no ``user``."""

    model_config = ConfigDict(extra="ignore")

    items: list[_ShareModel]
    pagination: _Pages = Field(alias="_pagination")

    def following(self) -> dict[str, str] | None:
        """Return what to ask for the next page; None after the last."""
        after = self.pagination.next
        return {"offset": str(after["offset"]), "limit": str(after["limit"])} if after else None
