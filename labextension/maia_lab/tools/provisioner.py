"""Kernels that start with what the project's tools tell: Jupyter's own way to look after how a kernel is launched."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from maia_hub.core.errors import MaiaError
from maia_lab.tools.holdings import HOLDINGS
from maia_lab.tools.place import PATIENCE, Place

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

NAME = "maia-tools"
"""Its entry point."""
_DEFAULT = "local-provisioner"


class ToolsProvisioner(LocalProvisioner):
    """Launches a kernel as ever, with the tools' environment; a restart asks for it anew."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Add it to what the kernel would have had; what its kernelspec says itself comes last, and counts."""
        found = await held_by(str(self.kernel_id))
        kwargs["env"] = {**kwargs.get("env", os.environ), **found}
        prepared: dict[str, Any] = await super().pre_launch(**kwargs)
        return prepared

    async def cleanup(self, restart: bool = False) -> None:
        """Forget a kernel that ends."""
        await super().cleanup(restart)
        if not restart:
            HOLDINGS.gone(str(self.kernel_id))


async def held_by(kernel: str) -> dict[str, str]:
    """Return what a kernel that starts now is to hold; nothing, soon enough, if the door does not say."""
    place = Place.from_environment()
    if place is None:
        return {}
    from maia_lab.tools.door import Door  # noqa: PLC0415 - a server without kernels needs none

    try:
        # A limit of its own: httpx counts each wait alone.
        environment = await asyncio.wait_for(Door(place).environment(), PATIENCE)
    except MaiaError as e:
        HOLDINGS.without(kernel, e.message)
    except asyncio.TimeoutError:
        HOLDINGS.without(kernel, f"The project's tools did not answer within {PATIENCE:g} s.")
    else:
        HOLDINGS.given(kernel, environment)
        return dict(environment.values)
    return {}


def look_after(app: ServerApp) -> None:
    """Let the kernels of a server start by it, unless the site has them start in a way of its own."""
    factory = KernelProvisionerFactory.instance(parent=app)
    if factory.default_provisioner_name not in (_DEFAULT, NAME):
        app.log.warning("maia_lab: kernels start by %s, without tools", factory.default_provisioner_name)
    elif NAME not in factory.get_provisioner_entries():
        app.log.warning("maia_lab: %s is not installed as an entry point; kernels start without tools", NAME)
    else:
        factory.default_provisioner_name = NAME
