"""The door to the tools of projects on Kubernetes: what it is set to, and the process. It runs no tool itself."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from maia_hub.cluster.connection import connect
from maia_hub.core.ids import ProjectId
from maia_hub.core.projects import NAME
from maia_hub.door.apart import Apart
from maia_hub.door.app import Site, create_app
from maia_hub.door.labelled import Ground, Labelled
from maia_hub.door.outside import configured
from maia_hub.door.server import make_server
from maia_hub.door.shelf import Shelf, Source
from maia_hub.hub.roles import TOOLS
from maia_hub.hub.setup import PREFIX, TOOLS_PREFIX
from maia_hub.service.people import clock
from maia_hub.service.settings import ServiceSettings
from maia_hub.service.sites import SiteSettings
from maia_hub.tools.settings import OutsideTools

_Object = Annotated[str, StringConstraints(pattern="^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")]


class Place(BaseModel):
    """A namespace of tools: whose they are, and which Secrets there the door may read."""

    model_config = ConfigDict(extra="forbid")

    project: str = Field(pattern=f"^(?:{NAME})$")
    secrets: list[_Object] = Field(default_factory=list)


class ToolSettings(SiteSettings):
    """The whole of the file; a misspelt key is an error. Of projects and limits it says what `SiteSettings` has.

    ``hub_api_url`` is where the door reaches the hub's API, ``reached`` where users' servers reach the hub's proxy, and
    the door behind it, ``service_url`` where the booking service is; ``apart`` where browsers reach it at an origin of
    its own. ``tools`` are those that run elsewhere, by project and name; ``namespaces`` are those whose labelled
    Services are tools.
    """

    hub_api_url: str
    reached: str = Field(pattern="^https?://[^ /]+$")
    service_url: str = Field(default="", pattern="^(https?://[^ /]+)?$")
    host: str = "0.0.0.0"  # noqa: S104 a pod's own address; NetworkPolicies say who may reach it
    port: int = 8080
    prefix: str = TOOLS_PREFIX
    apart: Apart | None = None
    tools: OutsideTools = Field(default_factory=dict)
    namespaces: dict[_Object, Place] = Field(default_factory=dict)

    def grounds(self) -> dict[str, Ground]:
        """Return what each namespace is for."""
        return {
            name: Ground(ProjectId(each.project), tuple(each.secrets))
            for name, each in self.namespaces.items()
        }


async def serve(settings: ToolSettings, token: str, kubeconfig: Path | None = None) -> None:
    """Serve until a signal ends it; ``token`` is what the hub knows the door by."""
    sources: list[Source] = [configured(settings.tools, clock)]
    async with AsyncExitStack() as stack:
        if settings.namespaces:
            api = await stack.enter_async_context(await connect(kubeconfig))
            sources.append(Labelled(api, settings.grounds(), clock))
        app = create_app(Shelf(sources), told(settings, token), door_site(settings), clock)
        await make_server(app, settings.host, settings.port).serve()


def door_site(settings: ToolSettings) -> Site:
    """Return what the door is told of its site."""
    service = f"{settings.service_url}{PREFIX}" if settings.service_url else ""
    site = Site(
        projects=settings.site(), reached=settings.reached, platform=settings.reached, service=service
    )
    return replace(site, ancestors=settings.apart.ancestors) if settings.apart else site


def told(settings: ToolSettings, token: str) -> ServiceSettings:
    """Return what signing in to the door needs."""
    apart = settings.apart
    return ServiceSettings(
        hub_api_url=settings.hub_api_url,
        api_token=token,
        spawner_token=token_hex(32),  # the spawner has no business here
        prefix=settings.prefix,
        service_name=TOOLS,
        client_id=f"service-{TOOLS}",
        public_url=apart.door if apart else None,
        hub_origin=apart.hub if apart else "",
        limits=settings.limits.limits(),
    )
