"""The hub's REST API as coroutines: servers, stop, start, respawn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from urllib.parse import quote

import httpx

from maia_hub.core.errors import Unavailable
from maia_hub.core.ids import ServerName, UserName
from maia_hub.hub.failures import refuse
from maia_hub.hub.servers import HubServer, ServerModel, SharesModel, UserModel

SCOPES = ("list:users", "read:servers", "start:servers", "delete:servers")
"""All that the token needs: ``list:users`` only to find the running servers; no right on the users."""

SHUT_OUT_SCOPES = ("users:shares",)
"""What it needs besides to take back what it gave; it lets nobody in and opens nothing."""

ENTRY_SCOPES = ("shares",)
"""What it needs besides to let people into others' servers, and to take that back. Whoever may share every server may
open every server."""

_LIMITS = httpx.Limits(max_connections=400, max_keepalive_connections=20)
"""A stop is answered once the server is gone: hundreds that end at the same moment each keep a connection."""
_LOOK_AGAIN = 0.1  # seconds between two looks at a server that the hub is stopping or starting
_PAGINATED = "application/jupyterhub-pagination+json"


class HubApi:
    """A session with the hub at ``url`` (its API, such as http://127.0.0.1:8081/hub/api). Close it after use.

    Every failure is a `MaiaError`: `Unavailable` where trying again later makes sense.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 30.0) -> None:
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"token {token}"},
            timeout=httpx.Timeout(timeout, connect=2.0),
            limits=_LIMITS,
            trust_env=False,
        )

    async def __aenter__(self) -> HubApi:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def servers(self) -> list[HubServer]:
        """Return every server that runs, starts or stops."""
        found: list[HubServer] = []
        query: dict[str, str] | None = {"state": "active"}
        while query is not None:
            reply = await self._send("GET", "/users", query=query, headers={"Accept": _PAGINATED})
            page = reply.json()
            users = [UserModel.model_validate(item) for item in page["items"]]
            found += [server.of(user.name) for user in users for server in user.servers.values()]
            following = page["_pagination"].get("next")
            query = following and {
                "state": "active",
                "offset": str(following["offset"]),
                "limit": str(following["limit"]),
            }
        return found

    async def server(self, user: UserName, server: ServerName) -> HubServer | None:
        """Return one server, None if the hub has never known it."""
        reply = await self._send("GET", _path(user, server), accept=(404,))
        if reply.status_code == 404:
            return None
        return ServerModel.model_validate(reply.json()).of(user)

    async def options(self, user: UserName, server: ServerName) -> Mapping[str, object]:
        """Return the options of the server's last start."""
        found = await self.server(user, server)
        return found.user_options if found else {}

    async def stop(self, user: UserName, server: ServerName) -> None:
        """Stop a server and return once it is gone; one that is not running is no error."""
        await self._settled(user, server, but=("spawn", "stop"))
        reply = await self._send("DELETE", _path(user, server), accept=(404,))
        if reply.status_code == 202:
            await self._settled(user, server)

    async def start(
        self, user: UserName, server: ServerName, options: Mapping[str, object] | None = None
    ) -> None:
        """Ask for a start; without ``options`` the server keeps those of its last start.

        Returns when the hub has accepted it, which may be before the server is ready. A server that runs or
        starts already is no error.
        """
        await self._settled(user, server, but=("spawn",))
        body = None if options is None else {"user_options": dict(options)}
        reply = await self._send("POST", _path(user, server), body=body, accept=(400,))
        if reply.status_code == 400 and not await self._runs(user, server):
            refuse(reply)

    async def respawn(
        self, user: UserName, server: ServerName, options: Mapping[str, object] | None = None
    ) -> None:
        """Stop the server and start it again, with the options of its last start unless others are given."""
        await self.stop(user, server)
        await self.start(user, server, options)

    async def entrants(self, user: UserName, server: ServerName) -> frozenset[UserName]:
        """Return who may open a server by a share of its own; nobody if the hub does not know the server."""
        found: list[UserName] = []
        query: dict[str, str] | None = {}
        while query is not None:
            headers = {"Accept": _PAGINATED}
            reply = await self._send(
                "GET", _shares(user, server), query=query, headers=headers, accept=(404,)
            )
            if reply.status_code == 404:
                return frozenset()
            page = SharesModel.model_validate(reply.json())
            found += [UserName(item.user.name) for item in page.items if item.user is not None]
            query = page.following()
        return frozenset(found)

    async def let_in(self, user: UserName, server: ServerName, visitor: UserName) -> None:
        """Let somebody open a server as its owner can, until `shut_out`; nothing else of its owner's.

        Raises:
            NotFound: the hub does not know the server.
            Conflict: the hub does not know the visitor, who has never signed in there.
        """
        await self._send("POST", _shares(user, server), body={"user": visitor})

    async def shut_out(self, user: UserName, server: ServerName, visitor: UserName) -> None:
        """Take that back; who was not let in, or into a server that is no more, is no error.

        The hub refuses at once. A server that knows the visitor already asks again after its ``cache_max_age``, and
        never asks again about a connection (a kernel's, a terminal's) that is open.
        """
        path = f"/users/{quote(visitor, safe='')}/shared/{quote(user, safe='')}/{quote(server, safe='')}"
        await self._send("DELETE", path, accept=(404,))

    async def _runs(self, user: UserName, server: ServerName) -> bool:
        found = await self.server(user, server)
        return found is not None and (found.ready or found.pending == "spawn")

    async def _settled(self, user: UserName, server: ServerName, *, but: tuple[str, ...] = ()) -> None:
        """Wait until nothing is pending for the server, ``but`` excepted; the hub's own time-outs end it.

        Besides spawn and stop a ``check`` can be pending: a hub that has just started looks at its servers.
        """
        while True:
            found = await self.server(user, server)
            if found is None or found.pending is None or found.pending in but:
                return
            await asyncio.sleep(_LOOK_AGAIN)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> httpx.Response:
        try:
            reply = await self._http.request(method, path, params=query, json=body, headers=headers)
        except httpx.HTTPError as e:
            raise Unavailable(
                "JupyterHub does not answer.",
                given=f"{method} {path}: {type(e).__name__}",
                advice="It is tried again; see the hub's log if this lasts.",
            ) from e
        if reply.is_error and reply.status_code not in accept:
            refuse(reply)
        return reply


def _shares(user: UserName, server: ServerName) -> str:
    return f"/shares/{quote(user, safe='')}/{quote(server, safe='')}"


def _path(user: UserName, server: ServerName) -> str:
    whose = f"/users/{quote(user, safe='')}"
    return f"{whose}/servers/{quote(server, safe='')}" if server else f"{whose}/server"
