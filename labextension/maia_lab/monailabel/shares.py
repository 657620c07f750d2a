"""The routes by which the panel shares a MONAI Label: the service keeps the list, this workspace its word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from jupyter_server.auth.decorator import authorized
from tornado import web

from maia_hub.core.errors import MaiaError, Unavailable
from maia_lab.handling import JsonHandler
from maia_lab.monailabel.serving import SERVING
from maia_lab.workspace import HOW, Workspace

if TYPE_CHECKING:
    from maia_hub.client import AsyncClient
    from maia_hub.client.models import ToolShareModel


class _OfService(JsonHandler):
    """Asks the service as the owner of this workspace."""

    def client(self) -> AsyncClient:
        """Return what asks."""
        from maia_hub.client import AsyncClient  # noqa: PLC0415 - loaded by nothing else that a server does at its start

        place = Workspace.from_environment()
        if place.service_url is None:
            raise Unavailable(
                "This Jupyter does not run on MAIA Hub: a MONAI Label is shared with colleagues there alone.",
                advice=HOW,
            )
        return AsyncClient(place.service_url)


class SharesHandler(_OfService):
    """maia/monailabel/NAME/shares: with whom it is shared."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Answer with the guests of this MONAI Label."""
        place = Workspace.from_environment()
        async with self.client() as client:
            found = await client.tool_shares()
        mine = (place.user, place.server, name)
        shown = [_shown(each) for each in found if (each.owner, each.server, each.tool) == mine]
        self.answer({"shares": shown})

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Share it with the body's ``guest`` until its ``until``."""
        from maia_hub.client.models import ToolShareRequest  # noqa: PLC0415
        from maia_hub.client.repeats import checked  # noqa: PLC0415

        self.settings[SERVING].address(name)
        asked = {**self.body(), "tool": name, "server": Workspace.from_environment().server}
        async with self.client() as client:
            made = await client.share_tool(checked(ToolShareRequest, asked))
        try:
            await self.settings[SERVING].guests.tell(name)
        except MaiaError as e:  # it is told at the guest's first knock
            self.log.info("maia_lab: the word of MONAI Label %s was not told: %s", name, e.message)
        self.answer(_shown(made), 201)


class OneShareHandler(_OfService):
    """maia/monailabel/NAME/shares/ID."""

    @web.authenticated
    @authorized
    async def delete(self, _name: str, share: str) -> None:
        """Take it back."""
        async with self.client() as client:
            await client.take_back_tool(UUID(share))
        self.set_status(204)
        self.finish()


def _shown(share: ToolShareModel) -> dict[str, Any]:
    from maia_hub.client.tools import shared_page  # noqa: PLC0415

    return {**share.model_dump(mode="json"), "page": shared_page(share)}
