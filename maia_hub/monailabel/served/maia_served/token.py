"""A token for the images' address: from a file, never in an argument, an address or a setting that is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase


class TokenFile(AuthBase):
    """Shows what the file holds at that moment to one address, and to nobody else."""

    def __init__(self, address: str, file: str) -> None:
        self._origin = urlsplit(address)[:2]
        self._path = urlsplit(address).path.rstrip("/")
        self._file = Path(file)

    def __call__(self, request: Any) -> Any:
        """Add the token to a request, if it goes there."""
        asked = urlsplit(request.url)
        if asked[:2] == self._origin and f"{asked.path}/".startswith(f"{self._path}/"):
            request.headers["Authorization"] = f"Bearer {self._file.read_text(encoding='utf-8').strip()}"
        return request


def show(address: str, file: str) -> None:
    """Let every session of `requests` that is made from now on show it."""
    made = requests.Session.__init__

    def make(session: requests.Session) -> None:
        made(session)
        session.auth = TokenFile(address, file)

    requests.Session.__init__ = make  # type: ignore[assignment,method-assign]
