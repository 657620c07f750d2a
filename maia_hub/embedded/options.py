"""What was asked for on the command line, laid over what the data folder has."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from maia_hub.core.errors import InvalidInput
from maia_hub.embedded.accounts import ADMIN, DEMO_USERS, complete
from maia_hub.embedded.ports import keep_or_choose
from maia_hub.embedded.settings import Authenticator, PolicyName, Ports, Settings
from maia_hub.hub.origins import SubdomainHost

AUTOMATIC = "auto"
_ORIGIN: TypeAdapter[str] = TypeAdapter(SubdomainHost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `maia up`; None leaves what the data folder has, or the default of a new one."""

    ip: str | None = None
    port: int | None = None
    gpus: str | None = None
    authenticator: str | None = None
    policy: str | None = None
    subdomain_host: str | None = None
    users: Sequence[str] | None = None
    admins: Sequence[str] | None = None
    drain: float | None = None
    cull_idle: int | None = None


def apply(options: Options, stored: Settings | None) -> Settings:
    """Return the settings to run with; raises `InvalidInput` for a value that cannot be."""
    before = stored or Settings()
    authenticator = _one_of(
        options.authenticator or before.authenticator, get_args(Authenticator), "--authenticator"
    )
    if authenticator == "pam" and os.geteuid() != 0:
        raise InvalidInput(
            "PAM needs root: only root may start servers as other Unix users.",
            given="--authenticator pam",
            allowed="generated, or pam as root",
            advice="Run it with sudo, or leave the option away.",
        )
    admins = list(options.admins if options.admins is not None else before.admins)
    if not admins and authenticator == "generated":
        admins = [ADMIN]
    users = options.users
    if users is None:
        users = [account.name for account in before.accounts if not account.admin] or list(DEMO_USERS)
    changed = {
        "ip": options.ip or before.ip,
        "ports": _ports(options.port or before.ports.public, before.ports),
        "authenticator": authenticator,
        "policy": _one_of(options.policy or before.policy, get_args(PolicyName), "--policy"),
        "subdomain_host": before.subdomain_host
        if options.subdomain_host is None
        else _origin(options.subdomain_host),
        "simulated": before.simulated if options.gpus is None else simulated(options.gpus),
        "drain": before.drain if options.drain is None else _drain(options.drain),
        "cull_idle": before.cull_idle if options.cull_idle is None else _idle(options.cull_idle),
        "accounts": complete(before.accounts, users, admins)
        if authenticator == "generated"
        else before.accounts,
        "allowed": list(options.users) if options.users is not None else before.allowed,
        "admins": admins,
    }
    return before.model_copy(update=changed)


def simulated(text: str) -> int | None:
    """Read ``--gpus``: a number of simulated GPUs, or `AUTOMATIC`."""
    if text == AUTOMATIC:
        return None
    if text.isdecimal() and int(text) <= 64:
        return int(text)
    raise InvalidInput(
        "That is no number of simulated GPUs.",
        given=text,
        allowed="0 to 64, or auto",
        advice="Leave the option away to use the machine's own GPUs, or two simulated ones if it has none.",
    )


def _origin(text: str) -> str:
    try:
        return _ORIGIN.validate_python(text.rstrip("/"))
    except ValidationError as e:
        raise InvalidInput(
            "That is no address of a hub with names below it.",
            given=text,
            allowed="https://hub.example.org, http://hub.localhost:8000; not localhost alone, and no number",
            advice="An empty one gives the tools' pages the hub's own origin again.",
        ) from e


def _ports(public: int, before: Ports) -> Ports:
    avoid = {public}
    chosen = []
    for wanted in (before.hub, before.proxy, before.service, before.tools):
        port = keep_or_choose(wanted, avoid)
        avoid.add(port)
        chosen.append(port)
    hub, proxy, service, tools = chosen
    return Ports(public=public, hub=hub, proxy=proxy, service=service, tools=tools)


def _drain(seconds: float) -> float:
    if 1 <= seconds <= 600:
        return seconds
    raise InvalidInput(
        "That drain is not possible.", given=f"{seconds:g} s", allowed="1 to 600 s", advice="10 s suits most."
    )


def _idle(seconds: int) -> int | None:
    if seconds >= 0:
        return seconds or None
    raise InvalidInput(
        "That is no time to be idle.",
        given=f"{seconds} s",
        allowed="0 s (never) or more",
        advice="3600 s suit most.",
    )


def _one_of(value: str, allowed: Sequence[str], option: str) -> str:
    if value in allowed:
        return value
    raise InvalidInput(
        f"{option} does not know that.", given=value, allowed=list(allowed), advice="See maia up --help."
    )
