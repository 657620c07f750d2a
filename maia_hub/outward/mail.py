"""E-mail by SMTP, with the standard library alone."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from uuid import NAMESPACE_OID, UUID, uuid5

from maia_hub.core.errors import MaiaError
from maia_hub.core.notifying import Letter
from maia_hub.outward.settings import MailSettings
from maia_hub.outward.trouble import Refused, Unreachable

_LONGEST = 200
_LINK = re.compile(r"https?://[^\s<>\"]+")


class Mailer:
    """Sends messages over one connection at a time; it blocks, so call it from a thread."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def send(self, letter: Letter) -> None:
        """Send one message; sent twice, it has the same Message-ID, so that mail programs know it again.

        Raises:
            Refused: the server will never take it.
            Unreachable: the server is away, does not let us in, or does not take it now.
        """
        with _translated(), self._connected() as server:
            sender = self._settings.sender
            server.send_message(_written(letter, sender), sender, [letter.to])

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        told = self._settings
        encrypted = ssl.create_default_context(cafile=told.ca_file) if told.security != "none" else None
        server: smtplib.SMTP
        if told.security == "tls":
            server = smtplib.SMTP_SSL(told.host, told.port, timeout=told.timeout, context=encrypted)
        else:
            server = smtplib.SMTP(told.host, told.port, timeout=told.timeout)
        with server:
            if told.security == "starttls":
                server.starttls(context=encrypted)
            if told.user:
                _sign_in(server, told)
            yield server


def _sign_in(server: smtplib.SMTP, told: MailSettings) -> None:
    try:
        server.login(told.user, told.password())
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected):
        raise Unreachable("The mail server does not let us in: its user or password is wrong.") from None


@contextmanager
def _translated() -> Iterator[None]:
    """Tell what will never be from what may be later; nothing of the password is in either."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as e:
        code, said = next(iter(e.recipients.values()))
        raise (Refused if code >= 500 else Unreachable)(_answer(code, said)) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as e:
        raise Unreachable(_answer(e.smtp_code, e.smtp_error)) from None
    except smtplib.SMTPResponseException as e:
        raise (Refused if e.smtp_code >= 500 else Unreachable)(_answer(e.smtp_code, e.smtp_error)) from None
    except ssl.SSLError as e:
        raise Unreachable(f"The mail server's certificate or encryption is not right ({e.reason}).") from None
    except smtplib.SMTPException as e:
        raise Unreachable(f"The mail server does not do as it should ({type(e).__name__}).") from None
    except OSError as e:
        raise Unreachable(f"The mail server does not answer ({e.strerror or type(e).__name__}).") from None
    except UnicodeError:
        raise Unreachable("An address, or the mail server's password, is not plain ASCII.") from None
    except MaiaError as e:
        raise Unreachable(e.message) from None


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"The mail server says: {code} {' '.join(text.split())}"[:_LONGEST]


def _written(letter: Letter, sender: str) -> EmailMessage:
    """Write the message as plain text and as simple HTML; it says of itself that no person has written it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"MAIA Hub <{sender}>"
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(letter.made)
    message["Message-ID"] = f"<{_id(letter)}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(_html(letter.text), subtype="html")
    return message


def _id(letter: Letter) -> UUID:
    return uuid5(NAMESPACE_OID, f"{letter.user}/{letter.key}/{letter.made.isoformat()}")


def _html(text: str) -> str:
    paragraphs = (_paragraph(part) for part in text.strip().split("\n\n"))
    return f'<!doctype html>\n<html lang="en"><body>\n{"".join(paragraphs)}</body></html>\n'


def _paragraph(text: str) -> str:
    parts, last = [], 0
    for found in _LINK.finditer(text):
        link = escape(found[0])
        parts += [escape(text[last : found.start()]), f'<a href="{link}">{link}</a>']
        last = found.end()
    parts.append(escape(text[last:]))
    return f"<p>{''.join(parts).replace(chr(10), '<br>')}</p>\n"
