"""The server's routes about GPUs."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from maia_lab.gpu.session import current
from maia_lab.workspace import Workspace


class SessionHandler(APIHandler):
    """GET maia/session: what this server holds, from its session file, and where its service is."""

    auth_resource = "maia"
    _track_activity = False  # the panel asks for it; that is no sign of a user at work

    @web.authenticated
    @authorized
    def get(self) -> None:
        """Answer, with nulls outside MAIA Hub."""
        workspace, session = Workspace.from_environment(), current().look()
        answer = {
            "serviceUrl": workspace.service_url,
            "serviceUrlPath": workspace.service_path,
            "user": workspace.user,
            "server": workspace.server,
            "grant": None if session is None else json.loads(session.to_json()),
            "now": datetime.now(timezone.utc).isoformat(),
        }
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(answer))


def handlers(base_url: str) -> list[tuple[str, type[Any]]]:
    """Return the routes below ``base_url``."""
    return [(url_path_join(base_url, "maia", "session"), SessionHandler)]
