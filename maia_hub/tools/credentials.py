"""What one signs in to a tool with."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one signs in to a tool with; never shown by accident."""

    user: str = ""
    secret: str = field(default="", repr=False)

    def fill(self, template: str, **further: str) -> str:
        """Return a text with ``{user}``, ``{secret}``, ``{basic}`` and what else is given put in."""
        basic = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        return template.format(user=self.user, secret=self.secret, basic=basic, **further)
