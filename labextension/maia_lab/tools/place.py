"""Where the door to the project's tools is, as the spawner has told it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from maia_hub.core.errors import Unavailable

URL_ENV, PROJECT_ENV, TOKEN_ENV = "MAIA_TOOLS_URL", "MAIA_PROJECT", "JUPYTERHUB_API_TOKEN"
PATIENCE = 2.0
"""Seconds that a kernel or a terminal waits for the door before it starts without the tools."""


@dataclass(frozen=True, slots=True)
class Place:
    """Its address, whose token is shown to it, and the server's own project."""

    url: str
    token: str = field(repr=False)
    project: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Place | None:
        """Return the one that the spawner has named; None where there is none."""
        url, token = environ.get(URL_ENV, ""), environ.get(TOKEN_ENV, "")
        if not url or not token:
            return None
        return cls(url.rstrip("/"), token, environ.get(PROJECT_ENV) or "default")

    @classmethod
    def required(cls) -> Place:
        """Return it; Unavailable where there is none."""
        found = cls.from_environment()
        if found is None:
            raise Unavailable(
                "This Jupyter has no project tools.",
                advice="Start a server on a MAIA Hub that has them, and open the notebook there.",
            )
        return found

    def page_config(self) -> dict[str, str]:
        """Return the keys that the Lab front end reads."""
        return {"maiaToolsProject": self.project, "maiaToolsUrl": self.url}
