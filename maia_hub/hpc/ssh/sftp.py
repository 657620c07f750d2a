"""The sftp sessions of a connection, also where a login script greets whatever sshd starts.

Where sftp is a program of its own, sshd starts it by the user's shell, and what that writes first is no sftp. Such a
session is started by a command that says when the greeting is over.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, cast

import asyncssh

from maia_hub.hpc.ssh import words
from maia_hub.hpc.transport import TransportError

_PLACES = (
    "/usr/lib/openssh/sftp-server",
    "/usr/libexec/openssh/sftp-server",
    "/usr/lib/ssh/sftp-server",
    "/usr/libexec/sftp-server",
    "/usr/lib/sftp-server",
)
"""Where Debian, Red Hat, SUSE, the BSDs and older systems have it."""
_SERVE = (
    'mark=$1; shift; for each; do [ ! -x "$each" ] || { printf %s "$mark"; exec "$each"; }; done; exit 127'
)
_WITHIN = 60.0
"""Seconds that login scripts may take."""


class Sessions:
    """Starts them; a connection that greets once is known to do so."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        self._connection = connection
        self._greets = False

    async def start(self) -> asyncssh.SFTPClient:
        """Start one.

        Raises:
            TransportError: there is none, for all that a login script writes.
        """
        if not self._greets:
            try:
                return await self._connection.start_sftp_client()
            except asyncssh.SFTPBadMessage:
                self._greets = True
        quiet = cast("asyncssh.SSHClientConnection", _AfterGreeting(self._connection))
        try:
            return await asyncio.wait_for(asyncssh.SSHClientConnection.start_sftp_client(quiet), _WITHIN)
        except (EOFError, asyncio.TimeoutError, asyncssh.SFTPError) as e:
            raise TransportError(
                "sftp does not work there, because a login script writes to standard output",
                advice="let it be silent without a terminal: put `[[ $- == *i* ]] || return` first in ~/.bashrc there",
            ) from e


class _AfterGreeting:
    """A connection whose sftp sessions are commands, and begin when the greeting is over."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def open_session(self, **_options: Any) -> Any:
        mark = f"maia-{secrets.token_hex(16)}"
        command = words.command(["sh", "-c", _SERVE, "sh", mark, *_PLACES])
        opened = await self._connection.open_session(command, encoding=None)
        await opened[1].readuntil(mark.encode())
        return opened
