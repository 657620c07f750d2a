"""Use cases of tools in workspaces that are shared: with a colleague of the project, one tool, until a day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from maia_hub.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from maia_hub.core.ids import ProjectId, ServerName, UserName
from maia_hub.core.interval import in_words
from maia_hub.core.toolshares import MOST, ToolShare, check_end
from maia_hub.desk.cases import Cases
from maia_hub.desk.people import Actor
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A share that counts, and the word that its workspace wants to hear; None if it has not told one yet."""

    share: ToolShare
    word: str | None = field(repr=False)


class SharingCases(Cases):
    """How one tool of a workspace is opened to somebody, and to nobody else."""

    def tool_shares(self, actor: Actor, now: datetime) -> list[ToolShare]:
        """Return what the actor shares and what is shared with her now, the oldest first."""
        with self._read(now) as work:
            return work.tx.tool_shares.standing(actor.user, now)

    def share_tool(
        self, actor: Actor, server: ServerName, tool: str, guest: Actor, until: datetime, now: datetime
    ) -> ToolShare:
        """Let ``guest`` use a tool of the actor's own server until then; she is told.

        One that stands already gets the new end.

        Raises:
            NotFound: the actor has no such server.
            Forbidden: the guest is not in the server's project.
            Conflict: so many stand already, or it is not known of which project of the actor's the server is.
        """
        check_end(until, now)
        with self._write(now) as work:
            project = _project(work, actor, server)
            _require_colleague(actor, guest, project)
            mine = [
                each for each in work.tx.tool_shares.standing(actor.user, now) if each.owner == actor.user
            ]
            meant = (server, tool, guest.user)
            same = next((each for each in mine if (each.server, each.tool, each.guest) == meant), None)
            if same is not None:
                return _put(work, actor, "tool-share.changed", replace(same, until=until), same)
            _require_room(mine)
            share = ToolShare(
                id=uuid4(),
                owner=actor.user,
                server=server,
                tool=tool,
                guest=guest.user,
                project=project,
                until=until,
                created=now,
            )
            work.tx.notices.add(_told(share, now), beside=True)
            return _put(work, actor, "tool-share.given", share)

    def take_back_tool(self, actor: Actor, share_id: UUID, now: datetime) -> None:
        """End a share of the actor's, or one with her; her next request is refused."""
        with self._write(now) as work:
            share = work.tx.tool_shares.get(share_id)
            if share is None or actor.user not in (share.owner, share.guest) or not share.stands(now):
                raise NotFound(
                    "There is no such share of yours.",
                    given=str(share_id),
                    advice="See them: maia monailabel shares",
                )
            _put(work, actor, "tool-share.revoked", replace(share, revoked=now), share)
            left = work.tx.tool_shares.standing(share.owner, now)
            if not any(_same_tool(each, share) for each in left):
                work.tx.tool_shares.forget_word(share.owner, share.server, share.tool)

    def tell_word(self, actor: Actor, server: ServerName, tool: str, word: str, now: datetime) -> None:
        """Keep the word that the door is to say at the actor's own tool, which shall be shared with somebody."""
        with self._write(now) as work:
            mine = work.tx.tool_shares.standing(actor.user, now)
            if not any((each.owner, each.server, each.tool) == (actor.user, server, tool) for each in mine):
                raise NotFound(
                    "That is shared with nobody.", given=tool, advice="Share it first: maia monailabel share"
                )
            work.tx.tool_shares.put_word(actor.user, server, tool, word, now)

    def lead_guest(self, share_id: UUID, guest: UserName, now: datetime) -> Lead:
        """Return where a guest is to be led, and by which word.

        Raises:
            NotFound: nothing is shared with her by that id.
            Forbidden: it was taken back, or its time is over.
        """
        with self._read(now) as work:
            share = work.tx.tool_shares.get(share_id)
            if share is None or share.guest != guest:
                raise NotFound(
                    "Nothing is shared with you here.",
                    given=guest,
                    advice="Ask who sent you the address to share it with you.",
                )
            share.require(now)
            word = work.tx.tool_shares.word(share.owner, share.server, share.tool)
            return Lead(share=share, word=word)


def _project(work: Work, actor: Actor, server: ServerName) -> ProjectId:
    """Return whose colleagues may be guests: a server without a booking is put down to the hub's project."""
    found = work.tx.servers.get(actor.user, server)
    if found is None:
        raise NotFound(
            "You have no such server.",
            given=server,
            allowed=[each.server for each in work.tx.servers.of_user(actor.user)],
            advice="Share a tool from the server in which it runs.",
        )
    if found.project in actor.projects:
        return found.project
    if len(actor.projects) == 1:
        return next(iter(actor.projects))
    raise Conflict(
        "It is not known to which of your projects this server belongs.",
        given=found.project,
        allowed=list(actor.projects),
        advice="Book a GPU for that project, and share from the server that has it.",
    )


def _require_colleague(actor: Actor, guest: Actor, project: ProjectId) -> None:
    if guest.user == actor.user:
        raise InvalidInput("It is yours already.", given=guest.user, advice="Name a colleague.")
    if project not in guest.projects:  # of who is unknown here the same is said
        raise Forbidden(
            f"Nobody called “{guest.user}” is in the project “{project}”, whose images these are.",
            given=guest.user,
            allowed=f"a member of {project} who has signed in at the hub before",
            advice="Correct the name, or ask a lead of the project to let your colleague in.",
        )


def _require_room(mine: list[ToolShare]) -> None:
    if len(mine) >= MOST:
        raise Conflict(
            "You share as much as one can.",
            given=len(mine) + 1,
            allowed=f"at most {MOST}",
            advice="Take one back that is not needed any more.",
        )


def _same_tool(one: ToolShare, other: ToolShare) -> bool:
    return (one.owner, one.server, one.tool) == (other.owner, other.server, other.tool)


def _put(
    work: Work, actor: Actor, action: str, share: ToolShare, before: ToolShare | None = None
) -> ToolShare:
    work.tx.tool_shares.put(share)
    was = None if before is None else _facts(before)
    work.record(actor.user, action, share.id, share.owner, before=was, after=_facts(share))
    return share


def _facts(share: ToolShare) -> dict[str, object]:
    facts: dict[str, object] = {
        "server": share.server,
        "tool": share.tool,
        "guest": share.guest,
        "project": share.project,
        "until": share.until.isoformat(),
    }
    return facts if share.revoked is None else {**facts, "revoked": share.revoked.isoformat()}


def _told(share: ToolShare, now: datetime) -> Notice:
    return Notice(
        user=share.guest,
        server=ServerName(""),
        at=now,
        kind="info",
        title=f"{share.owner[:40]} shares MONAI Label with you",
        message=f"Until {in_words(share.until)}. Open it in the portal, or see: maia monailabel shares",
    )
