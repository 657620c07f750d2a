"""A real mail server on this machine, as strict as a test wants it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from maia_hub.outward import MailSettings
from tests.ports import free_port

Security = Literal["starttls", "tls", "none"]
WORD = "a long word: %s {}"
NOBODY = "nobody@example.org"
LATER = "later@example.org"


@dataclass
class Post:
    """The server, and what came; ``NOBODY`` it does not know, ``LATER`` it wants to be asked again about."""

    folder: Path
    security: Security = "none"
    port: int = field(default_factory=free_port)
    came: list[EmailMessage] = field(default_factory=list)
    asked: int = 0
    signed_in: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(self.folder / "ca.pem")
        (self.folder / "word").write_text(WORD + "\n", encoding="utf-8")

    def settings(self, **changed: Any) -> MailSettings:
        """Return how to speak to it; with encryption one signs in."""
        told: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": self.security,
            "sender": "maia@example.org",
            "timeout": 5,
        }
        if self.security != "none":
            told |= {"ca_file": self.folder / "ca.pem", "user": "maia", "password_file": self.folder / "word"}
        return MailSettings(**{**told, **changed})

    @contextmanager
    def open(self) -> Iterator[Post]:
        """Let it take messages."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port, **self._encryption())
        controller.start()
        try:
            yield self
        finally:
            controller.stop()

    def _encryption(self) -> dict[str, Any]:
        if self.security == "none":
            return {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("127.0.0.1").configure_cert(context)
        told: dict[str, Any] = {"auth_required": True, "authenticator": self._authenticated}
        if self.security == "tls":
            return {**told, "ssl_context": context, "auth_require_tls": False}
        return {**told, "tls_context": context, "require_starttls": True}

    def _authenticated(self, server: Any, session: Any, envelope: Any, kind: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and given.password == WORD.encode()
        if right:
            self.signed_in.add(given.login)
        return AuthResult(success=right)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Know some and not others."""
        self.asked += 1
        if address == NOBODY:
            return "550 5.1.1 No such mailbox"
        if address == LATER:
            return "451 4.7.1 Greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message."""
        read = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        self.came.append(read)
        return "250 OK"


def text_of(message: EmailMessage, kind: Literal["plain", "html"] = "plain") -> str:
    """Return what a message says."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())
