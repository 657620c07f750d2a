"""Services that say by a label that they are a tool, and the Secrets beside them by which one signs in there.

Whose tool it is says the namespace alone, never a Service: the site names the namespace of each project. Who may write
Services there can add tools to that project, and to no other; nor is a Secret of another namespace ever looked at.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maia_hub.cluster.connection import Api
from maia_hub.cluster.secrets import SignIn, sign_in
from maia_hub.cluster.watch import Watch
from maia_hub.core.marks import PREFIX

TOOL = PREFIX + "tool"
"""Label: the kind of tool that a Service is."""
TITLE, PORT, SCHEME, PATH = PREFIX + "title", PREFIX + "port", PREFIX + "scheme", PREFIX + "path"
CREDENTIALS = PREFIX + "credentials"
"""Annotation: the Secret in the same namespace by which one signs in."""
EXTRA = PREFIX + "extra-"
"""Annotations that begin so: what else the kind puts into environments, such as the port of a DICOM node."""
_SCHEMES = ("http", "https")
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledService:
    """A Service that is a tool; ``address`` has no slash at its end, and is empty if ``wrong`` says what is amiss.

    ``secret`` is the name of its Secret; empty: one needs none there.
    """

    namespace: str
    name: str
    kind: str
    title: str = ""
    address: str = ""
    secret: str = ""
    wrong: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


class Amiss(ValueError):
    """A Service cannot be reached as what it says it is; the message is for people."""


def labelled(service: Mapping[str, Any]) -> LabelledService | None:
    """Return what a Service (the API's own JSON) says of itself; None if it does not call itself a tool."""
    metadata, spec = service["metadata"], service.get("spec") or {}
    kind = (metadata.get("labels") or {}).get(TOOL)
    if kind is None:
        return None
    said = metadata.get("annotations") or {}
    namespace, name = str(metadata["namespace"]), str(metadata["name"])
    address = wrong = ""
    try:
        address = f"{_scheme(said)}://{name}.{namespace}.svc:{_port(said, spec)}{_path(said)}"
    except Amiss as e:
        wrong = str(e)
    return LabelledService(
        namespace=namespace,
        name=name,
        kind=str(kind),
        title=str(said.get(TITLE, ""))[:80],
        address=address,
        secret=str(said.get(CREDENTIALS, "")),
        wrong=wrong,
        extra={key.removeprefix(EXTRA): str(text) for key, text in said.items() if key.startswith(EXTRA)},
    )


class ServiceWatch:
    """Follows the labelled Services of some namespaces, and the Secrets that are named there.

    ``secrets`` are the names of those that may be read, by namespace; all others stay unread. ``on_change`` is called
    on the event loop whenever something of it became another. What was known last stays in force while the API is away.
    """

    def __init__(self, api: Api, secrets: Mapping[str, Sequence[str]], on_change: Callable[[], None]) -> None:
        self._services: dict[str, Watch[LabelledService]] = {
            namespace: Watch(
                api,
                f"/api/v1/namespaces/{namespace}/services",
                labelled,
                on_change=lambda _: on_change(),
                selector=TOOL,
            )
            for namespace in secrets
        }
        self._secrets: dict[tuple[str, str], Watch[SignIn]] = {
            (namespace, name): Watch(
                api,
                f"/api/v1/namespaces/{namespace}/secrets",
                sign_in,
                on_change=lambda _: on_change(),
                fields=f"metadata.name={name}",
            )
            for namespace, names in secrets.items()
            for name in names
        }

    def services(self, namespace: str) -> list[LabelledService]:
        """Return those of a namespace by their names."""
        return sorted(self._services[namespace].objects.values(), key=lambda service: service.name)

    def may_read(self, namespace: str, name: str) -> bool:
        """Tell whether a Secret is one of those that may be read."""
        return (namespace, name) in self._secrets

    def sign_in(self, namespace: str, name: str) -> SignIn | None:
        """Return what a Secret says; None if there is none that may be read, or nothing that counts in it."""
        watch = self._secrets.get((namespace, name))
        return next(iter(watch.objects.values()), None) if watch else None

    async def synced(self) -> None:
        """Wait until all Services and Secrets are known and followed."""
        await asyncio.gather(*(watch.synced() for watch in self._all))

    async def run(self) -> None:
        """Follow them until cancelled."""
        await asyncio.gather(*(watch.run() for watch in self._all))

    @property
    def _all(self) -> list[Watch[LabelledService] | Watch[SignIn]]:
        return [*self._services.values(), *self._secrets.values()]


def _scheme(said: Mapping[str, str]) -> str:
    scheme = said.get(SCHEME, "http")
    if scheme not in _SCHEMES:
        raise Amiss(f"Its annotation {SCHEME} may be {' or '.join(_SCHEMES)}.")
    return scheme


def _port(said: Mapping[str, str], spec: Mapping[str, Any]) -> int:
    """Return the port that is meant, of a Service that leads to pods beside it and to nothing else."""
    if spec.get("type") == "ExternalName" or not spec.get("selector"):
        raise Amiss(
            "It selects no pods, and so may lead anywhere. The site's settings name what is elsewhere."
        )
    ports = {port: each for each in spec.get("ports") or [] for port in (each.get("name"), str(each["port"]))}
    numbers = {int(each["port"]) for each in ports.values() if each.get("protocol", "TCP") == "TCP"}
    wanted = said.get(PORT)
    if wanted is None and len(numbers) == 1:
        return numbers.pop()
    if wanted is None or wanted not in ports or int(ports[wanted]["port"]) not in numbers:
        raise Amiss(f"Its annotation {PORT} must name one of its TCP ports: {_listed(numbers)}.")
    return int(ports[wanted]["port"])


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers))) or "it has none"


def _path(said: Mapping[str, str]) -> str:
    path = str(said.get(PATH, "")).rstrip("/")
    if not _PATH.fullmatch(path):
        raise Amiss(f"Its annotation {PATH} must be a plain path such as /tracking.")
    return path
