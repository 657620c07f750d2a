"""Which host keys are known, and what becomes of one that is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from maia_hub.hpc.ssh.questions import Prompter, Question
from maia_hub.hpc.transport import HostKeyChanged, SignInAgain

_DEFAULT = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts")


@dataclass
class HostKeys:
    """The known keys of one host during one attempt to connect, and the key that it showed instead."""

    files: Sequence[str] = ()
    known: Sequence[asyncssh.SSHKey] = ()
    refused: bool = False
    shown: asyncssh.SSHKey | None = None
    name: str = ""
    _paths: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._paths = [Path(each).expanduser() for each in self.files or _DEFAULT]

    def match(self, host: str, addr: str, port: int | None) -> Any:
        """Return what the files say of a host, as asyncssh wants it."""
        known = asyncssh.import_known_hosts("\n".join(_text(path) for path in self._paths))
        found = known.match(host, addr, port)
        self.name = host if port in (None, 22) else f"[{host}]:{port}"
        self.known = found[0]
        self.refused = bool(found[1] or found[2])  # certificates are asked for, or keys revoked
        return found

    async def settle(self, host: str, ask: Prompter) -> None:
        """Let a person decide on a key that is seen for the first time, and remember it.

        Raises:
            HostKeyChanged: it is not the known one.
            SignInAgain: nobody was there, or said no.
        """
        if self.shown is None or self.known or self.refused:
            raise self._changed(host)
        question = Question(
            kind="host-key",
            host=host,
            text=f"Trust the {self.shown.get_algorithm()} key {fingerprint(self.shown)} of {host}? (yes/no)",
            instructions=f"{host} is reached for the first time, and nothing proves yet that it is the right "
            "machine. Compare the fingerprint with the one that its operators publish; say yes only if it is the same.",
            echo=True,
        )
        answer = await ask(question)
        if answer is None or answer.strip().lower() not in ("yes", "y"):
            raise SignInAgain(
                f"the key of {host} is not known",
                given=fingerprint(self.shown),
                advice="sign in, and compare the fingerprint with the one that its operators publish",
            )
        self._remember(self.shown)

    def _changed(self, host: str) -> HostKeyChanged:
        shown = (
            fingerprint(self.shown) if self.shown else "a key that is revoked, or that no authority signed"
        )
        where = ", ".join(str(path) for path in self._paths if path.exists())
        return HostKeyChanged(
            f"{host} does not show the key that is known of it: somebody may be listening in",
            given=shown,
            allowed=", ".join(map(fingerprint, self.known)) or "a key signed by the known authority",
            advice="ask its operators whether they have changed the key; only if they have, remove the old one: "
            f"ssh-keygen -R '{self.name}' (known keys are in {where})",
        )

    def _remember(self, key: asyncssh.SSHKey) -> None:
        """Append the key to the person's file, the host's name hashed, as Debian's ssh does."""
        path = self._paths[0]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        salt = os.urandom(20)
        hashed = hmac.new(salt, self.name.encode(), hashlib.sha1).digest()
        name = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(hashed).decode()}"
        line = f"{name} {' '.join(key.export_public_key().decode().split()[:2])}\n"
        if not _text(path).endswith("\n") and _text(path):
            line = f"\n{line}"
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


def fingerprint(key: asyncssh.SSHKey) -> str:
    """Return a key's fingerprint as ssh shows it."""
    return key.get_fingerprint("sha256")


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
