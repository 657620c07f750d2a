"""What `maia up` runs: service, door to the tools, proxy and hub, and the culler if idle servers are to be stopped."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from maia_hub.embedded import node
from maia_hub.embedded.children import Child
from maia_hub.embedded.folder import Folder
from maia_hub.embedded.ports import LOOPBACK
from maia_hub.embedded.settings import Settings
from maia_hub.hub import culling

_HUB_CONFIG = Path(__file__).with_name("jupyterhub_config.py")
_TOOLS_PATIENCE = 30.0  # seconds: it ends the tools that run here
_HUB_PATIENCE = 20.0  # seconds, besides those for saving: it stops all servers


def children(folder: Folder, settings: Settings) -> list[Child]:
    """Return them in the order in which they are started; they are ended in the reverse order."""
    environment = {
        **os.environ,
        "MAIA_DATA": str(folder.root),
        "PATH": node.search_path(),
        "PYTHONUNBUFFERED": "1",
    }
    made = [
        _service(folder, environment),
        _tools(folder, environment),
        _proxy(folder, settings, environment),
        _hub(folder, settings, environment),
    ]
    if settings.cull_idle is not None:
        made.append(_culler(settings.cull_idle, folder, settings, environment))
    return made


def hub_api(settings: Settings) -> str:
    """The hub's REST API, past the proxy."""
    return f"http://{LOOPBACK}:{settings.ports.hub}/hub/api"


def _service(folder: Folder, environment: Mapping[str, str]) -> Child:
    command = [sys.executable, "-m", "maia_hub.embedded.serve", "--data", str(folder.root)]
    return Child("service", command, environment, folder.logs / "service.log", patience=10)


def _tools(folder: Folder, environment: Mapping[str, str]) -> Child:
    command = [sys.executable, "-m", "maia_hub.embedded.tools", "--data", str(folder.root)]
    return Child("tools", command, environment, folder.logs / "tools.log", _TOOLS_PATIENCE)


def _proxy(folder: Folder, settings: Settings, environment: Mapping[str, str]) -> Child:
    ports = settings.ports
    command = [
        *node.proxy_command(),
        f"--ip={settings.ip}",
        f"--port={ports.public}",
        f"--api-ip={LOOPBACK}",
        f"--api-port={ports.proxy}",
        f"--default-target=http://{LOOPBACK}:{ports.hub}",
        f"--error-target=http://{LOOPBACK}:{ports.hub}/hub/error",
        "--log-level=warn",
        *(["--host-routing"] if settings.subdomain_host else []),
    ]
    told = {**environment, "CONFIGPROXY_AUTH_TOKEN": settings.secrets.proxy}
    return Child("proxy", command, told, folder.logs / "proxy.log", patience=5)


def _hub(folder: Folder, settings: Settings, environment: Mapping[str, str]) -> Child:
    command = [sys.executable, "-m", "jupyterhub", "-f", str(_HUB_CONFIG)]
    patience = _HUB_PATIENCE + settings.closing.saving.total_seconds()
    return Child("hub", command, environment, folder.logs / "hub.log", patience)


def _culler(timeout: int, folder: Folder, settings: Settings, environment: Mapping[str, str]) -> Child:
    """No service of the hub's own: that outlives a hub that is killed, and the next hub starts another."""
    every = max(1, min(60, timeout // 4))
    told = {
        **environment,
        "JUPYTERHUB_API_URL": hub_api(settings),
        "JUPYTERHUB_API_TOKEN": settings.secrets.culler,
    }
    return Child(
        "culler", culling.command(idle=timeout, every=every), told, folder.logs / "culler.log", patience=5
    )
