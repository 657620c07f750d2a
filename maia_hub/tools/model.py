"""What a tool is: its kind, where it is, how one signs in to it, and how it fares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import httpx

from maia_hub.core.ids import ProjectId, UserName
from maia_hub.tools.credentials import Credentials
from maia_hub.tools.launch import Local

__all__ = [
    "NAME",
    "RESERVED",
    "Credentials",
    "Fact",
    "Health",
    "Holder",
    "Kind",
    "Page",
    "State",
    "Static",
    "Status",
    "Tool",
]

NAME = r"[a-z][a-z0-9-]{0,29}"
"""How tools are called: a part of an address, of a folder's name and of a command."""

RESERVED = ("environment", "events", "me", "tools")
"""What no tool may be called: the door's API begins so, and a project may be called ``api``."""

Fact = Mapping[str, Any]
"""What a card shows of a tool, ready for JSON."""


class Page(str, Enum):
    """How a tool's page is shown so that it cannot act as the person who looks at it.

    ``SANDBOXED``: behind the door with a policy that gives it an opaque origin. ``TRUSTED``: a pinned package without
    any page of users in it, at the door's origin. ``OUTSIDE``: a link to another address. ``NONE``: there is no page.
    """

    SANDBOXED = "sandboxed"
    TRUSTED = "trusted"
    OUTSIDE = "outside"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who has credentials of her own to a tool."""

    project: ProjectId
    tool: str
    person: UserName


class State(str, Enum):
    """How a tool fares; *ready* is said by its own answer, never by its process alone."""

    STOPPED = "stopped"
    INSTALLING = "installing"
    STARTING = "starting"
    READY = "ready"
    FAILING = "failing"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Status:
    """How a tool fares since when, and why.

    ``progress`` is between 0 and 1, None where it cannot be told; ``doing`` says what of.
    """

    state: State
    since: datetime
    reason: str = ""
    progress: float | None = None
    doing: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """The question that tells whether a tool is ready: a GET of ``path`` at its address.

    ``version`` finds the tool's version in the answer, None where it does not say.
    """

    path: str = "/"
    accepts: tuple[int, ...] = (200,)
    version: Callable[[httpx.Response], str | None] = field(default=lambda _: None)


@dataclass(frozen=True, slots=True)
class Static:
    """A page that is files alone: the door serves them, no process does.

    ``folder`` is below what `Local.package` installs. ``made`` are files that are made anew for each project: their
    text by their path, from the folder, the door's path of the tool and that of the project (which end in ``/``).
    A path that names no file is answered by ``index.html``.
    """

    folder: str
    made: Callable[[Path, str, str], Mapping[str, str]] = field(default=lambda folder, base, project: {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """All that is known of a kind of tool.

    - ``page``: how its page is shown.
    - ``health``: how it is asked whether it is ready.
    - ``signs_in``: headers that the door adds to what it forwards: templates of `Credentials.fill`, ``{person}``, too.
    - ``only``: what the door forwards, by the beginning of the path below the tool's; nothing named: everything.
    - ``assets``: beginnings of paths below the tool's that are its package's own files, without anything of users.
    - ``environment``: what a kernel finds in its environment, as templates: ``{url}`` is the tool's address behind the
      door, without a slash at its end, ``{address}``, ``{host}`` and ``{port}`` are the tool's own, ``{token}`` is the
      server's, ``{user}`` and ``{secret}`` are the person's own credentials (see ``personal``), ``{extra[NAME]}`` is
      something of `Tool.extra`.
    - ``personal``: each person has credentials of her own, for she reaches it directly and not by the door.
    - ``needs``: kinds that it is of no use without; they are started with it.
    - ``fact``: asks it, signed in, for what its card shows.
    - ``snippet``: what *Use in notebook* inserts.
    - ``local``: how this machine installs and starts one; None: it only runs elsewhere.
    - ``static``: it is files, see `Static`.
    - ``elsewhere``: what holds of one that runs elsewhere, where that differs.
    """

    name: str
    title: str
    page: Page
    health: Health | None = None
    signs_in: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    personal: bool = False
    needs: tuple[str, ...] = ()
    fact: Callable[[Tool, httpx.AsyncClient], Awaitable[Fact | None]] | None = None
    snippet: str = ""
    local: Local | None = None
    static: Static | None = None
    elsewhere: Kind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool of a project, as the door reaches it.

    ``address`` has a scheme, a host and a port, and may have a path; no slash at its end. What is asked for at
    ``PREFIX/path`` of the door is forwarded to ``address/path``. ``inner`` is where health and facts are asked for, if
    not there. ``files`` is the folder of a tool that is files alone, ``texts`` are those that are made, by their paths.
    ``extra`` is what else its kind puts into environments, such as the port of its DICOM node. ``wrong`` says why it
    cannot be reached at all; it has no address then.
    """

    project: ProjectId
    name: str
    kind: Kind
    title: str
    address: str = ""
    inner: str = ""
    credentials: Credentials = field(default_factory=Credentials)
    local: bool = False
    files: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""

    @property
    def asked_at(self) -> str:
        """The address of health and facts."""
        return self.inner or self.address

    def headers(self, person: UserName | str = "") -> dict[str, str]:
        """Return the headers that sign a person's request in; of someone who is known by nothing, none."""
        if not self.credentials.secret:
            return {}
        return {name: self.credentials.fill(text, person=person) for name, text in self.kind.signs_in.items()}

    def environment(self, url: str, token: str, own: Credentials) -> dict[str, str]:
        """Return what a kernel finds of this tool, as far as it is known; see `Kind.environment`."""
        parts = httpx.URL(self.address)
        known = {
            "url": url.rstrip("/"),
            "token": token,
            "address": self.address,
            "host": parts.host,
            "port": str(parts.port or ""),
        }
        found = {}
        for name, text in self.kind.environment.items():
            with suppress(KeyError):  # something of `extra` that nobody has told
                found[name] = text.format(user=own.user, secret=own.secret, extra=self.extra, **known)
        return found
