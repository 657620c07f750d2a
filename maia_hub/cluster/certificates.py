"""The certificate that the admission review serves with, and who trusts it: made, renewed and told, by nobody's hand.

All that is known lies in one Secret (``ca.crt``: the authorities that count, ``ca.key``: the newest one's key,
``tls.crt``, ``tls.key``), so that two processes that do this agree: each write names the version that it has seen, and
who was second looks again. A new authority is told to the API server before anything that it issued is served.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import Callable
from datetime import datetime

from maia_hub.cluster.authority import Pair, current, issue, issued_by, new_authority, with_former
from maia_hub.cluster.connection import Api, Json
from maia_hub.core.errors import Conflict, MaiaError

_log = logging.getLogger(__name__)
_LOOK = 30.0  # seconds: an upgrade of the chart that lost the authorities is noticed within this time
_AGAIN = 2.0  # seconds until a failure is tried again
_MOST_STEPS = 10
_KINDS = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
_FILES = ("ca.crt", "ca.key", "tls.crt", "tls.key")


class Certificates:
    """Keeps the Secret ``<name>-tls`` and the webhook configurations ``<name>`` right, for a Service of that name."""

    def __init__(self, api: Api, namespace: str, name: str, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._name = name
        self._secret = f"/api/v1/namespaces/{namespace}/secrets/{name}-tls"
        self._names = [f"{name}.{namespace}.svc", f"{name}.{namespace}"]
        self._clock = clock

    async def run(self) -> None:
        """Look now and then until cancelled."""
        while True:
            pause = _LOOK
            try:
                await self.settle()
            except MaiaError as e:
                _log.warning("the review's certificate was not looked after: %s (%s)", e.message, e.given)
                pause = _AGAIN
            await asyncio.sleep(pause)

    async def settle(self) -> None:
        """Do all that is to be done now."""
        for _ in range(_MOST_STEPS):
            try:
                if not await self._step():
                    return
            except Conflict:  # another one was first: its work counts
                await asyncio.sleep(0)

    async def _step(self) -> bool:
        """Do the next thing that is due; return whether there was one."""
        secret = await self._api.get(self._secret)
        files = {name: _decoded((secret.get("data") or {}).get(name)) for name in _FILES}
        authority, now = Pair(files["ca.crt"], files["ca.key"]), self._clock()
        if not current(authority, now):
            made = new_authority(f"{self._name} authority", now)
            bundle = with_former(made, files["ca.crt"], now)
            await self._write(secret, {"ca.crt": bundle, "ca.key": made.key}, "a new authority")
            return True
        for kind in _KINDS:
            await self._trust(kind, files["ca.crt"])
        served = Pair(files["tls.crt"], files["tls.key"])
        if current(served, now) and issued_by(served, authority, self._names):
            return False
        made = issue(authority, self._names, now)
        await self._write(secret, {"tls.crt": made.certificate, "tls.key": made.key}, "a new certificate")
        return True

    async def _write(self, secret: Json, files: dict[str, bytes], what: str) -> None:
        data = {name: base64.b64encode(content).decode() for name, content in files.items()}
        version = {"resourceVersion": secret["metadata"]["resourceVersion"]}
        await self._api.patch(self._secret, {"metadata": version, "data": data})
        _log.info("%s was made for the admission review", what)

    async def _trust(self, kind: str, bundle: bytes) -> None:
        """Tell the API server whom to trust."""
        path = f"/apis/admissionregistration.k8s.io/v1/{kind}/{self._name}"
        found = await self._api.get(path)
        told = base64.b64encode(bundle).decode()
        hooks: list[Json] = found.get("webhooks") or []
        if all(hook["clientConfig"].get("caBundle") == told for hook in hooks):
            return
        for hook in hooks:
            hook["clientConfig"]["caBundle"] = told
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        await self._api.patch(path, {"metadata": version, "webhooks": hooks})
        _log.info("the API server was told whom to trust (%s)", kind)


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except binascii.Error:
        return b""
