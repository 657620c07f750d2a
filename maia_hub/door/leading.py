"""Where a guest is led: one tool of somebody's workspace, by the hub's proxy, with the word that it wants to hear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from urllib.parse import quote, urlsplit

from maia_hub.client.models import ToolLead, ToolShareModel
from maia_hub.core.errors import Forbidden, Unavailable
from maia_hub.core.ids import ProjectId
from maia_hub.core.projects import Projects
from maia_hub.door.members import projects_of
from maia_hub.tools.model import Credentials, Kind, Page, State, Status, Tool

WORD = "X-Maia-Word"
"""The header that shows the word; in an answer it says whether that was the right one."""
GUEST = "X-Maia-Guest"
_KIND = Kind(
    name="shared", title="MONAI Label", page=Page.NONE, signs_in={WORD: "{secret}", GUEST: "{person}"}
)
_NONE = "none"


class WordWanted(Unavailable):
    """The workspace wants to hear another word, which it tells the service now."""


class Elsewhere:
    """Where shared tools come from: workspaces, of which the door knows no more than whether they answer."""

    def status(self, _tool: Tool) -> Status:
        """Return that it is said to be there."""
        return Status(State.READY, datetime.now(timezone.utc))


def tool_of(lead: ToolLead, platform: str, hub_origin: str) -> Tool:
    """Return the shared tool; ``platform`` is the address of the hub's proxy, ``hub_origin`` what it looks for."""
    share = lead.share
    user, server = quote(share.owner, safe="@~"), quote(share.server, safe="")
    workspace = f"{platform}/user/{user}/{server}".rstrip("/")
    return Tool(
        project=ProjectId(share.project),
        name=share.tool,
        kind=_kind(hub_origin),
        title=f"MONAI Label “{share.tool}” of {share.owner}",
        address=f"{workspace}/maia/monailabel/{share.tool}/open",
        credentials=Credentials(secret=lead.word or _NONE),
    )


def _kind(hub_origin: str) -> Kind:
    if not hub_origin:
        return _KIND
    said = {**_KIND.signs_in, "Host": urlsplit(hub_origin).netloc}
    return Kind(name=_KIND.name, title=_KIND.title, page=_KIND.page, signs_in=said)


def judge(headers: Mapping[str, str], share: ToolShareModel) -> None:
    """Raise `Unavailable` unless an answer is of the workspace, which knew the word."""
    said = headers.get(WORD)
    if said == "another":
        raise starting(share)
    if said != "known":
        raise away(share)


def away(share: ToolShareModel) -> Unavailable:
    """Return the error for a workspace that is not there."""
    return Unavailable(
        f"{share.owner}'s workspace, in which MONAI Label “{share.tool}” runs, is not there now.",
        advice=f"It comes back here by itself when {share.owner} has started it.",
    )


def starting(share: ToolShareModel) -> WordWanted:
    """Return the error for a workspace that has not told its word yet."""
    return WordWanted(
        f"{share.owner}'s MONAI Label “{share.tool}” is starting, or stopped.",
        advice=f"It comes back here by itself; if it does not, ask {share.owner} to start it.",
    )


def require_member(groups: Iterable[str], projects: Projects, share: ToolShareModel) -> None:
    """Raise `Forbidden` for a guest who has left the project since."""
    if share.project not in projects_of(groups, projects):
        raise Forbidden(
            f"You are not in the project “{share.project}” any more, of which this is.",
            given=share.project,
            advice="Ask a lead of the project to let you in; then sign in again.",
        )
