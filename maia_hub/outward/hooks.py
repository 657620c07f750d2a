"""Messages into channels of Slack, Teams and Mattermost, by their incoming webhooks and the library Apprise.

A user names the address, and this process asks for it: only what lies on hosts that the site has listed is ever asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from apprise import AppriseAsset, NotifyBase, NotifyFormat
from apprise.plugins.mattermost import NotifyMattermost
from apprise.plugins.slack import NotifySlack
from apprise.plugins.workflows import NotifyWorkflows

from maia_hub.core.errors import InvalidInput
from maia_hub.core.notifying import Letter
from maia_hub.outward.trouble import Refused, Unreachable

_LONGEST = 2000
_US: dict[str, Any] = {
    "asset": AppriseAsset(
        app_id="MAIA Hub",
        app_desc="MAIA Hub",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,  # a listed host must not send us to another one
    ),
    "include_image": False,  # it would lie on somebody else's server
}


class Hooks:
    """Sends to webhooks; it blocks, so call it from a thread. ``hosts`` are those that may be asked."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = tuple(hosts)

    def send(self, letter: Letter) -> None:
        """Send one message.

        Raises:
            Refused: the address is one that may not be asked any more.
            Unreachable: it was not taken.
        """
        try:
            hook = opened(letter.to, self._hosts)
        except InvalidInput as e:
            raise Refused(e.message) from None
        if not hook.notify(body=letter.text, title=letter.subject, body_format=NotifyFormat.TEXT):
            raise Unreachable("The webhook does not answer, or does not take messages.")


def opened(url: str, hosts: Sequence[str]) -> NotifyBase:
    """Return what sends to an address.

    Raises:
        InvalidInput: it is none of a webhook, or lies on a host that is not in the list.
    """
    parts = _split(url)
    if parts is None or not any(_fits(parts, host) for host in hosts):
        raise InvalidInput(
            "Webhooks of that host are not sent to.",
            given=parts.hostname if parts else None,
            allowed=list(hosts) or "none: the administrator has listed no host",
            advice="Give the whole address, from https:// on, as the other program shows it.",
        )
    for kind in (_slack, _teams, _mattermost):
        with suppress(TypeError, ValueError):
            hook = kind(parts)
            if hook is not None:
                return hook
    raise InvalidInput(
        "That is no address of a webhook.",
        given=parts.hostname,
        allowed="an incoming webhook of Slack or Mattermost, or a workflow of Teams",
        advice="Copy it as the other program shows it.",
    )


def masked(url: str) -> str:
    """Return as much of an address as may be shown: who knows all of it may write there."""
    parts = _split(url)
    return f"{parts.scheme}://{parts.netloc}/…" if parts else ""


def _split(url: str) -> SplitResult | None:
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        return None
    with suppress(ValueError):
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        if named and parts.scheme in ("http", "https") and "\\" not in url and "@" not in parts.netloc:
            return parts
    return None


def _fits(parts: SplitResult, host: str) -> bool:
    """Tell whether an address lies on a host of the list: ``name``, ``*.name``, or a whole ``http://name:port``."""
    if "://" in host:
        return f"{parts.scheme}://{parts.netloc}" == host.rstrip("/")
    if parts.scheme != "https" or parts.port not in (None, 443):
        return False
    name = parts.hostname or ""
    return name.endswith(host[1:]) and len(name) >= len(host) if host.startswith("*.") else name == host


def _slack(parts: SplitResult) -> NotifyBase | None:
    return _native(NotifySlack, parts.geturl()) if parts.hostname == "hooks.slack.com" else None


def _teams(parts: SplitResult) -> NotifyBase | None:
    return _native(NotifyWorkflows, parts.geturl()) if "/workflows/" in parts.path else None


def _mattermost(parts: SplitResult) -> NotifyBase | None:
    before, found, key = parts.path.rpartition("/hooks/")
    if not found or not key.isalnum() or parts.query:
        return None
    scheme = "mmosts" if parts.scheme == "https" else "mmost"
    read = NotifyMattermost.parse_url(f"{scheme}://{parts.netloc}{before}/{key}")
    return NotifyMattermost(**{**read, **_US}) if read else None


def _native(kind: Callable[..., NotifyBase], url: str) -> NotifyBase | None:
    read = kind.parse_native_url(url)  # type: ignore[attr-defined]
    return kind(**{**read, **_US}) if read else None
