"""Where this process runs: in whose server, and where its service is. Read from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from maia_hub.core.errors import Unavailable

NOT_ON_MAIA = "This Jupyter does not run on MAIA Hub, so it holds no GPU of it."
HOW = (
    "Start a server on MAIA Hub and open the notebook there, or set MAIA_SERVICE_URL to the address of its "
    "service and MAIA_TOKEN to a token of yours from the hub's token page."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One user's server; ``service_url`` is None outside MAIA Hub, ``server`` "" for the default server."""

    service_url: str | None
    user: str
    server: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Workspace:
        """Read what the spawner set."""
        return cls(
            service_url=environ.get("MAIA_SERVICE_URL") or None,
            user=environ.get("JUPYTERHUB_USER", ""),
            server=environ.get("MAIA_SERVER", environ.get("JUPYTERHUB_SERVER_NAME", "")),
        )

    @property
    def service_path(self) -> str | None:
        """The service's path below the hub's own origin, without a slash at its end."""
        return urlsplit(self.service_url).path.rstrip("/") if self.service_url else None

    def page_config(self) -> dict[str, str]:
        """Return the keys that the Lab front end reads; the service's path is "" outside MAIA Hub."""
        return {"maiaServicePath": self.service_path or "", "maiaServer": self.server, "maiaUser": self.user}

    def told(self) -> str:
        """Say in one line where this is."""
        if self.service_url is None:
            return NOT_ON_MAIA
        return f"server {self.server!r} of {self.user or 'somebody'}, service at {self.service_url}"


def not_on_maia() -> Unavailable:
    """Return the error of whatever needs the service where there is none."""
    return Unavailable(NOT_ON_MAIA, advice=HOW)
