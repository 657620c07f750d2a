"""JupyterHub's configuration, made from the settings of the data folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from maia_hub.embedded.folder import Folder
from maia_hub.embedded.ports import LOOPBACK
from maia_hub.embedded.settings import Settings
from maia_hub.hub.origins import astray, set_apart
from maia_hub.hub.roles import CONTROLLER, CULLER, CUSTOM_SCOPES, ROUTER, SERVICE, TOOLS, roles

PREFIX = f"/services/{SERVICE}"
TOOLS_PREFIX = f"/services/{TOOLS}"
_GENERATED_PASSWORDS = "maia_hub.embedded.passwords.GeneratedPasswords"
_LAB_CONFIG = Path(__file__).with_name("lab")
_TUTORIALS = Path(__file__).parents[2] / "notebooks"


def configure(c: Any, settings: Settings, folder: Folder) -> None:
    """Fill the hub's configuration object ``c``."""
    _hub(c, settings, folder)
    _proxy(c, settings)
    _sign_in(c, settings)
    _services(c, settings)
    if settings.subdomain_host:
        reached = {PREFIX: service_url(settings), TOOLS_PREFIX: tools_url(settings)}
        routes = {f"{settings.host}{path}/": url for path, url in reached.items()}
        routes[astray(settings.subdomain_host, TOOLS_PREFIX)] = tools_url(settings)
        set_apart(c, settings.subdomain_host, routes)
    _servers(c, settings, folder)


def service_url(settings: Settings) -> str:
    """The service, past the proxy."""
    return f"http://{LOOPBACK}:{settings.ports.service}"


def tools_url(settings: Settings) -> str:
    """The door to the tools, past the proxy."""
    return f"http://{LOOPBACK}:{settings.ports.tools}"


def _hub(c: Any, settings: Settings, folder: Folder) -> None:
    c.JupyterHub.bind_url = f"http://{settings.ip}:{settings.ports.public}"
    c.JupyterHub.hub_ip = LOOPBACK
    c.JupyterHub.hub_port = settings.ports.hub
    c.JupyterHub.db_url = f"sqlite:///{folder.hub_database}"
    c.JupyterHub.upgrade_db = True  # keeps a copy of the old one beside it
    c.JupyterHub.cookie_secret_file = str(folder.cookie_secret)
    c.JupyterHub.pid_file = ""
    c.JupyterHub.default_url = f"{PREFIX}/"
    c.JupyterHub.init_spawners_timeout = (
        1  # a server that does not answer must not keep a new hub from serving
    )
    c.JupyterHub.shutdown_on_logout = False
    c.JupyterHub.cleanup_servers = True  # on SIGTERM only; a hub that is killed leaves the servers running
    c.JupyterHub.cleanup_proxy = False
    c.JupyterHub.custom_scopes = dict(CUSTOM_SCOPES)
    c.JupyterHub.load_roles = roles(
        tools=True,
        culler=settings.cull_idle is not None,
        router=True,
        admins=settings.admins,
        staff_entry=settings.staff_entry,
    )


def _proxy(c: Any, settings: Settings) -> None:
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = f"http://{LOOPBACK}:{settings.ports.proxy}"
    c.ConfigurableHTTPProxy.auth_token = settings.secrets.proxy


def _sign_in(c: Any, settings: Settings) -> None:
    c.Authenticator.allow_existing_users = False
    if settings.authenticator == "pam":
        c.JupyterHub.authenticator_class = "pam"
        c.PAMAuthenticator.open_sessions = False
        c.Authenticator.blocked_users = {"root"}
        c.Authenticator.allowed_users = {*settings.allowed, *settings.admins} if settings.allowed else set()
        c.Authenticator.allow_all = not settings.allowed  # whoever has an account on this machine
    else:
        c.JupyterHub.authenticator_class = _GENERATED_PASSWORDS
        c.Authenticator.allowed_users = {account.name for account in settings.accounts}
        c.GeneratedPasswords.passwords = {a.name: a.password for a in settings.accounts}


def _services(c: Any, settings: Settings) -> None:
    services: list[dict[str, Any]] = [
        {
            "name": SERVICE,
            "url": service_url(settings),
            "api_token": settings.secrets.service,
            "oauth_client_id": f"service-{SERVICE}",
            "oauth_no_confirm": True,
            "display": True,
        },
        {
            "name": TOOLS,
            "url": tools_url(settings),
            "api_token": settings.secrets.tools,
            "oauth_client_id": f"service-{TOOLS}",
            "oauth_no_confirm": True,
            "display": False,  # it has no page of its own
        },
        {"name": CONTROLLER, "api_token": settings.secrets.controller, "display": False},
        {"name": ROUTER, "api_token": settings.secrets.router, "display": False},
    ]
    if settings.cull_idle is not None:
        services.append({"name": CULLER, "api_token": settings.secrets.culler, "display": False})
        # What the proxy has seen of a server must reach the hub before the culler judges it.
        c.JupyterHub.last_activity_interval = max(1, min(300, settings.cull_idle // 4))
    c.JupyterHub.services = services


def _servers(c: Any, settings: Settings, folder: Folder) -> None:
    unix_users = settings.authenticator == "pam" and os.geteuid() == 0
    c.JupyterHub.spawner_class = "maia_spawner.local.MaiaLocalSpawner"
    c.MaiaLocalSpawner.service_url = f"{service_url(settings)}{PREFIX}"
    c.MaiaLocalSpawner.tools_url = f"{tools_url(settings)}{TOOLS_PREFIX}"
    c.MaiaLocalSpawner.spawner_token = settings.secrets.spawner
    c.MaiaLocalSpawner.sessions_dir = str(folder.sessions)
    c.MaiaLocalSpawner.handover_timeout = settings.closing.handover.total_seconds()
    c.MaiaLocalSpawner.shared_dir = str(folder.shared)
    c.MaiaLocalSpawner.homes_dir = str(folder.homes)
    c.MaiaLocalSpawner.unix_users = unix_users
    if _TUTORIALS.is_dir():  # beside the package in a checkout; an installed package has none
        c.MaiaLocalSpawner.skeleton_dir = str(_TUTORIALS)
    c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
    c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 and not unix_users else []
    c.Spawner.default_url = "/lab"
    c.Spawner.http_timeout = 60
    c.Spawner.start_timeout = 60 + int(c.MaiaLocalSpawner.handover_timeout)
    c.Spawner.poll_interval = 5
    c.Spawner.environment = {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        "JUPYTER_CONFIG_PATH": str(_LAB_CONFIG),
    }
