"""The one connection to the Kubernetes API: requests and streams of JSON, failures as our own errors."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
from kubernetes_asyncio import config
from kubernetes_asyncio.client import ApiClient, Configuration
from yaml import YAMLError

from maia_hub.cluster.failures import refuse, translated
from maia_hub.core.errors import Unavailable

Json = dict[str, Any]

MERGE = "application/merge-patch+json"
_NO_KUBECONFIG = (TypeError, AttributeError, KeyError, ValueError)
"""What the library's loader fails with on YAML that is no kubeconfig."""
_ANSWERS_WITHIN = 30.0  # seconds, for one request; the API server itself gives up after 60
_CONNECTS_WITHIN = 5.0
_PROBES = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""A stream whose other end has vanished without a word is noticed after 20 s: the kernel asks, not we."""


async def connect(kubeconfig: Path | None = None) -> Api:
    """Return a connection by a kubeconfig file; without one, by the service account of the pod we run in.

    Raises:
        Unavailable: there is no such configuration, or it cannot be read.
    """
    settings = Configuration()
    try:
        if kubeconfig is None:
            config.load_incluster_config(client_configuration=settings)
        else:
            await config.load_kube_config(
                config_file=str(kubeconfig), client_configuration=settings, persist_config=False
            )
    except (config.ConfigException, OSError, YAMLError, *_NO_KUBECONFIG) as e:
        # The words of other errors may repeat a line of the file, and with it a token.
        said = str(e)[:200] if isinstance(e, (config.ConfigException, OSError)) else type(e).__name__
        raise Unavailable(
            "There is no way to reach Kubernetes.",
            given=f"{kubeconfig or 'the service account of this pod'}: {said}",
            allowed="a kubeconfig file, or a pod with a service account",
            advice="Name a kubeconfig, or run it in the cluster with automountServiceAccountToken.",
        ) from e
    # Python 3.13 refuses authorities without a key identifier, as many clusters have; kubectl takes them.
    settings.disable_strict_ssl_verification = True
    with translated("reading the connection's certificates"):
        return Api(ApiClient(configuration=settings))


class Api:
    """Requests to the API, each with the bounded time it may take. Close it after use."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._client.user_agent = "maia-hub"

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def get(self, path: str, **query: str) -> Json:
        """Return an object or a list."""
        return await self._send("GET", path, query=query)

    async def patch(self, path: str, change: Json) -> Json:
        """Merge a change into an object and return it as it is then."""
        return await self._send("PATCH", path, body=change)

    async def delete(self, path: str, *, uid: str, grace: int | None = None) -> None:
        """Delete an object, if it is still the one with that uid (else `Conflict`); ``grace`` is in seconds."""
        body: Json = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        if grace is not None:
            body["gracePeriodSeconds"] = grace
        await self._send("DELETE", path, body=body)

    @asynccontextmanager
    async def stream(self, path: str, silence: float, **query: str) -> AsyncIterator[AsyncIterator[Json]]:
        """Open a stream of JSON lines; `Unavailable` if none comes for ``silence`` seconds."""
        timeout = aiohttp.ClientTimeout(sock_connect=_CONNECTS_WITHIN, sock_read=silence)
        reply = await self._request("GET", path, query=query, timeout=timeout)
        transport = reply.connection.transport if reply.connection else None
        try:
            _probe(transport)
            yield _lines(reply, path)
        finally:
            if transport is not None:
                transport.abort()  # a goodbye would wait for an answer of a server that may be gone
            reply.close()

    async def _send(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Json | None = None
    ) -> Json:
        timeout = aiohttp.ClientTimeout(total=_ANSWERS_WITHIN, sock_connect=_CONNECTS_WITHIN)
        reply = await self._request(method, path, query=query, body=body, timeout=timeout)
        with translated(f"{method} {path}"):
            found: Json = json.loads(await reply.read())
        return found

    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        timeout: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        headers = {"Accept": "application/json"}
        headers["Content-Type"] = MERGE if method == "PATCH" else "application/json"
        with translated(f"{method} {path}"):
            reply: aiohttp.ClientResponse = await self._client.call_api(
                path,
                method,
                query_params=list((query or {}).items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _request_timeout=timeout,
            )
            if reply.status >= 400:
                refuse(reply.status, await reply.text(), f"{method} {path}")
        return reply


async def _lines(reply: aiohttp.ClientResponse, path: str) -> AsyncIterator[Json]:
    while True:
        try:
            with translated(f"reading {path}"):
                line = await reply.content.readline()
            if not line:
                return
            found = json.loads(line)
        except ValueError as e:  # not JSON, or longer than any object can be
            raise Unavailable("Kubernetes sent a line that cannot be read.", given=path) from e
        yield found


def _probe(transport: asyncio.Transport | None) -> None:
    wire = transport.get_extra_info("socket") if transport else None
    if wire is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _PROBES.items():
            if hasattr(socket, name):  # Linux
                wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
