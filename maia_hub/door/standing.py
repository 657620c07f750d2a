"""Whether who was let in may still be here, asked again and again while anything of hers passes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.requests import HTTPConnection

from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.door import leading
from maia_hub.door.admitting import Visit, shown_token, standing
from maia_hub.door.context import Door


async def over(connection: HTTPConnection, door: Door, visit: Visit) -> MaiaError:
    """Return why, when her sign-in has ended or her membership; a hub that is away ends nothing.

    The age of a page's key counts at the beginning alone. Who needed no sign-in is never asked for one.
    """
    while True:
        await asyncio.sleep(door.recheck)
        try:
            await _confirm(connection, door, visit)
        except Unavailable:
            continue
        except MaiaError as e:
            return e


async def _confirm(connection: HTTPConnection, door: Door, visit: Visit) -> None:
    if visit.via == "nothing":
        return
    if visit.via == "token":
        groups: Sequence[str] = (await door.tokens.person(shown_token(connection))).groups
    else:
        _, groups = await standing(visit.sign_in, door)
    if visit.lead is not None:
        await door.shares.lead(visit.lead.share.id, visit.lead.share.guest)
        leading.require_member(groups, door.projects, visit.lead.share)
        return
    door.leaving.require(visit.user, groups, visit.path.project)
