"""Origins where the door has one of its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_Origin = Annotated[str, Field(pattern=r"^https?://[^/ *']+$")]


class Apart(BaseModel):
    """Origins where the door has one of its own, as JupyterHub's ``subdomain_host`` gives to users and services.

    ``door`` is the door's, such as https://maia-tools--service.hub.example.org, ``hub`` is ``subdomain_host`` itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    door: _Origin
    hub: _Origin

    @property
    def ancestors(self) -> str:
        """Whose pages may show a tool in a frame, as a CSP has it: the hub's, and those of people's servers."""
        scheme, _, host = self.hub.partition("://")
        return f"'self' {self.hub} {scheme}://*.{host}"
