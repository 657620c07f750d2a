"""The server's routes about MONAI Label, below ``maia/monailabel``."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from maia_hub.core.errors import InvalidInput
from maia_lab.handling import JsonHandler
from maia_lab.monailabel import labelroutes, panel
from maia_lab.monailabel.admitted import Role
from maia_lab.monailabel.door import DoorHandler
from maia_lab.monailabel.learningroutes import ROUTES
from maia_lab.monailabel.serving import SERVING, Serving
from maia_lab.monailabel.shares import OneShareHandler, SharesHandler
from maia_lab.monailabel.tickets import Person

_ROLES = (Role.ADMIN.value, Role.ANNOTATOR.value)


class PasswordHandler(JsonHandler):
    """POST maia/monailabel/NAME/password: what a program such as 3D Slicer signs in with, shown once.

    It is an annotator's unless the body's ``role`` is ``monailabel-admin``.
    """

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Answer with it."""
        serving: Serving = self.settings[SERVING]
        serving.address(name)
        given = self.body().get("role", Role.ANNOTATOR.value)
        if given not in _ROLES:
            raise InvalidInput("There is no such role.", given=given, allowed=", ".join(_ROLES))
        person = Person(self.current_user.username, Role(given))
        made = serving.tickets(name).password(person, datetime.now(timezone.utc))
        self.answer(
            {
                "user": person.name,
                "role": person.role.value,
                "password": made.text,
                "until": made.until.isoformat(),
            }
        )


def handlers(base_url: str) -> list[tuple[str, type[Any]]]:
    """Return the routes below ``base_url``."""
    name = r"([A-Za-z0-9][A-Za-z0-9._-]{0,59})"
    routes: list[tuple[str, type[Any]]] = [
        (f"{name}/password", PasswordHandler),
        (f"{name}/open/(.*)", DoorHandler),
        *((f"{name}/{path}", handler) for path, handler in ROUTES.items()),
        *((f"{name}/{path}", handler) for path, handler in labelroutes.ROUTES),
        *panel.routes(name),
        (f"{name}/shares", SharesHandler),
        (f"{name}/shares/([0-9a-f-]{{36}})", OneShareHandler),
    ]
    place = url_path_join(base_url, "maia", "monailabel")
    return [(url_path_join(place, path) if path else place, handler) for path, handler in routes]
