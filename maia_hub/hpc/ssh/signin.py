"""Signing in: hop by hop, with the same questions and the same checks at each."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import asyncssh
from asyncssh.auth import KbdIntPrompts

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.ssh import fillers
from maia_hub.hpc.ssh.hostkeys import HostKeys
from maia_hub.hpc.ssh.questions import Prompter, Question
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transport import ConnectionLost, SignInAgain, TransportError

CONNECT_WITHIN = 30.0
SIGN_IN_WITHIN = 300.0
"""Seconds: a person looks for a device; the other side has its own limit, mostly two minutes."""
_KEEPALIVE = 15
_ATTEMPTS = 3
_HOPS = 8
_FAST = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
"""What processors do by themselves goes first, unless the configuration says otherwise."""
_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")


class Person(asyncssh.SSHClient):
    """Answers what one host asks, by asking a person; ``asked`` tells whether one was needed."""

    def __init__(self, host: str, keys: HostKeys, locked: Sequence[Path], ask: Prompter) -> None:
        self._host = host
        self._keys = keys
        self._locked = list(locked)
        self._ask_person = ask
        self._attempts = dict.fromkeys(("kbdint", "password"), _ATTEMPTS)
        self.asked = False

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Take no key that is not known, but remember which one it was."""
        self._keys.shown = key
        return False

    async def public_key_auth_requested(self) -> Any:
        """Offer the keys that have a passphrase, behind those that have none and the agent's."""
        while self._locked:
            path = self._locked.pop(0)
            for _ in range(_ATTEMPTS):
                passphrase = await self._ask("passphrase", f"Passphrase of {path}: ")
                if passphrase is None:
                    break
                try:
                    return await asyncio.to_thread(asyncssh.read_private_key, str(path), passphrase)
                except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
                    continue
        return None

    async def password_auth_requested(self) -> str | None:
        """Ask for the password."""
        if not self._left("password"):
            return None
        return await self._ask("password", f"Password on {self._host}: ")

    async def kbdint_auth_requested(self) -> str | None:
        """Let the host ask what it likes."""
        return "" if self._left("kbdint") else None

    async def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: KbdIntPrompts
    ) -> list[str] | None:
        """Pass on what the host asks, prompt by prompt."""
        answers = []
        said = "\n".join(filter(None, (name, instructions)))
        for text, echo in prompts:
            answer = await self._ask("code", text, said, echo=echo)
            if answer is None:
                return None
            answers.append(answer)
        return answers

    async def _ask(self, kind: Any, text: str, said: str = "", *, echo: bool = False) -> str | None:
        self.asked = True
        question = Question(
            kind=kind, host=self._host, text=_plain(text), instructions=_plain(said), echo=echo
        )
        return await self._ask_person(question)

    def _left(self, method: str) -> bool:
        self._attempts[method] -= 1
        return self._attempts[method] >= 0


class SignedIn:
    """An open connection; ``asked`` tells whether a person was needed for it."""

    def __init__(
        self,
        connection: asyncssh.SSHClientConnection,
        hops: Sequence[asyncssh.SSHClientConnection],
        asked: bool,
    ) -> None:
        self.connection = connection
        self.asked = asked
        self._hops = hops

    async def close(self) -> None:
        """Close it, and the hops before it."""
        for each in (self.connection, *reversed(self._hops)):
            each.close()
            await each.wait_closed()


async def sign_in(target: Target, ask: Prompter, *, agent: str | None = None) -> SignedIn:
    """Open a connection, by way of the jump hosts that ``~/.ssh/config`` names.

    Raises:
        ConnectionLost: a host cannot be reached.
        SignInAgain: a person is needed, and was not there, or did not get in.
        HostKeyChanged: a host shows another key than the known one.
    """
    opened: list[asyncssh.SSHClientConnection] = []
    asked = False
    try:
        for hop in await _way(target):
            before = opened[-1] if opened else None
            connection, needed = await _join(hop, before, ask, agent)
            opened.append(connection)
            asked = asked or needed
    except BaseException:
        for each in reversed(opened):
            each.abort()
        raise
    return SignedIn(opened[-1], opened[:-1], asked)


async def _way(target: Target, depth: int = 0) -> list[Target]:
    """Return the hosts to open one behind the other; of the jump hosts, the first one's own jumps count."""
    options = await _options(target)
    jumps = [each for each in str(options.tunnel or "").split(",") if each and each.lower() != "none"]
    if depth + len(jumps) > _HOPS:
        raise InvalidInput(
            f"the way to {target} never ends: its jump hosts lead in a circle", advice="mend ~/.ssh/config"
        )
    if not jumps:
        return [target]
    hops = [_hop(each) for each in jumps]
    return [*await _way(hops[0], depth + len(jumps)), *hops[1:], target]


def _hop(text: str) -> Target:
    user, _, rest = text.removeprefix("ssh://").rpartition("@")
    host, _, port = rest.rpartition(":") if rest.rpartition(":")[2].isdigit() else (rest, "", "")
    return Target(host=host.strip("[]"), user=user or None, port=int(port) if port else None)


async def _options(target: Target) -> asyncssh.SSHClientConnectionOptions:
    try:
        return await asyncio.to_thread(
            functools.partial(
                asyncssh.SSHClientConnectionOptions, **_named(target), config=(), client_keys=None
            )
        )
    except (asyncssh.ConfigParseError, ValueError) as e:
        raise InvalidInput(f"~/.ssh/config cannot be read: {e}", advice="mend it, then try again") from e


def _named(target: Target) -> dict[str, Any]:
    named: dict[str, Any] = {"host": target.host}
    if target.user:
        named["username"] = target.user
    if target.port:
        named["port"] = target.port
    return named


async def _join(
    target: Target, before: asyncssh.SSHClientConnection | None, ask: Prompter, agent: str | None
) -> tuple[asyncssh.SSHClientConnection, bool]:
    """Open one hop; a key that is new is asked for between two attempts, so that no host waits for that answer."""
    options = await _options(target)
    while True:
        keys = HostKeys(cast("Sequence[str]", options.known_hosts or ()))
        locked = await asyncio.to_thread(_locked_keys, options)
        person = Person(str(target), keys, locked, ask)
        try:
            connection = await _open(target, options, before, person, keys, agent)
        except asyncssh.HostKeyNotVerifiable:
            await keys.settle(str(target), ask)
            continue
        except asyncssh.PermissionDenied as e:
            raise SignInAgain(
                f"{target} does not let you in without you",
                advice="sign in again; where keys are used, check that yours is in ~/.ssh/config or the agent",
            ) from e
        except (OSError, asyncssh.Error, asyncio.TimeoutError) as e:
            raise unreachable(target, e) from e
        return connection, person.asked


async def _open(
    target: Target,
    options: asyncssh.SSHClientConnectionOptions,
    before: asyncssh.SSHClientConnection | None,
    person: Person,
    keys: HostKeys,
    agent: str | None,
) -> asyncssh.SSHClientConnection:
    named = _named(target)
    named["username"] = options.username
    if agent is not None:
        named["agent_path"] = agent or None
    if not options.config.get("Ciphers"):
        named["encryption_algs"] = _FAST
    if identities := _identities(options):
        # As ssh has it: a file that is named and missing is passed over.
        named |= {"client_keys": [path for path in identities if path.exists()], "ignore_encrypted": True}
    connection = await asyncssh.connect(
        named.pop("host"),
        **named,
        tunnel=before,
        client_factory=lambda: person,
        known_hosts=keys.match,
        keepalive_interval=options.keepalive_interval or _KEEPALIVE,
        connect_timeout=CONNECT_WITHIN,
        login_timeout=SIGN_IN_WITHIN,
    )
    return fillers.left_out(connection)


def _locked_keys(options: asyncssh.SSHClientConnectionOptions) -> list[Path]:
    """Return the files of keys that need a passphrase."""
    paths = _identities(options) or [Path.home() / ".ssh" / name for name in _KEYS]
    return [path for path in paths if _is_locked(path)]


def _identities(options: asyncssh.SSHClientConnectionOptions) -> list[Path]:
    given = cast("Sequence[str]", options.config.get("IdentityFile", ()))
    return [Path(str(each)).expanduser() for each in given]


def _is_locked(path: Path) -> bool:
    try:
        asyncssh.read_private_key(str(path))
    except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as e:
        return "passphrase" in str(e).lower() or isinstance(e, asyncssh.KeyEncryptionError)
    except OSError:
        return False
    return False


def unreachable(target: Target, error: BaseException) -> TransportError:
    """Return that a host is not reached, and why, in a line."""
    said = (isinstance(error, OSError) and error.strerror) or str(error)
    why = " ".join(said.split())[:200] or type(error).__name__
    return ConnectionLost(
        f"{target} cannot be reached: {why}",
        started=False,
        advice="check its name and your network, then try again",
    )


def _plain(text: str) -> str:
    """Return a host's text without what would move a terminal's cursor."""
    return "".join(each for each in text if each.isprintable() or each in "\n ")[:2000]
