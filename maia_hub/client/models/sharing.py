"""MONAI Labels of workspaces that are shared with a colleague."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from maia_hub.client.models.base import Answer, Moment, Name, Request

ToolName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]


class ToolShareRequest(Request):
    """Let ``guest`` use the MONAI Label called ``tool`` in one's own server until then, and nothing else of it."""

    server: Name = ""
    tool: ToolName
    guest: Annotated[str, Field(min_length=1, max_length=255)]
    until: Moment


class ToolShareModel(Answer):
    """A MONAI Label that ``owner`` shares with ``guest``, in a server of ``project``.

    ``page`` is where she opens it: a path of the hub's origin, or an address where tools have an origin of their own.
    """

    id: UUID
    owner: str
    server: str
    tool: str
    guest: str
    project: str
    until: datetime
    created: datetime
    page: str = ""


class ToolWord(Request):
    """The word that a workspace wants to hear from the door at one of its MONAI Labels; each start has another one."""

    server: Name = ""
    tool: ToolName
    word: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{32,128}$", repr=False)]


class ToolLead(Answer):
    """Where the door leads a guest, and the word to say there; None until the workspace has told it."""

    share: ToolShareModel
    word: str | None = Field(default=None, repr=False)
