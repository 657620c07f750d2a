"""The configuration of the hub that the Helm chart runs: a closed JSON file of the chart, and a Secret's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from maia_hub.core.errors import InvalidInput, NotFound, faults
from maia_hub.hub import culling
from maia_hub.hub.origins import SubdomainHost
from maia_hub.hub.setup import SECRETS, TOOLS_SECRET, add_culler, read_secrets, setup

_ALL_SECRETS = (*SECRETS, "proxy", "cookie", "crypt")
_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
_OWN_API = "http://127.0.0.1:8081/hub/api"
"""What runs in the hub's own pod goes through no Service, and no NetworkPolicy has to allow it."""
_ROUTES_EVERY = 30  # seconds; a proxy that was started anew has forgotten its routes


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Home(_Closed):
    """Where a user's files live: a ``claim`` of ``size`` per server, or ``nowhere`` but in its pod."""

    kind: Literal["claim", "nowhere"] = "claim"
    size: str = "10Gi"
    storage_class: str | None = None


class Culling(_Closed):
    """Servers without activity for ``idle_seconds`` are stopped; all are looked at ``every_seconds``."""

    idle_seconds: int
    every_seconds: int


class Workspaces(_Closed):
    """The pods of users' servers; resources as KubeSpawner has them, in cores and bytes (or with a suffix)."""

    namespace: str
    image: str
    pull_policy: str = "IfNotPresent"
    pull_secrets: list[str] = []
    home: Home = Home()
    cpu_guarantee: float | None = None
    cpu_limit: float | None = None
    mem_guarantee: str | None = None
    mem_limit: str | None = None
    node_selector: dict[str, str] = {}
    tolerations: list[dict[str, Any]] = []
    gpu_runtime_class: str = ""
    gpu_node_keys: list[str] = []
    shared_claim: str = ""
    start_timeout: int = 300
    culling: Culling | None = None


class Installation(_Closed):
    """What the chart decides; the URLs are those inside the cluster, without a path.

    ``tools_url`` is the door to the tools of projects, ``public_tools_url`` where servers reach it; empty: there is
    none.
    ``subdomain_host`` is the address that people open where the door has an origin of its own; empty: it has the hub's.
    ``staff_entry``: whether the loops may let the staff of classes into students' servers.
    """

    hub_url: str
    proxy_api_url: str
    service_url: str
    workspaces: Workspaces
    tools_url: str = ""
    public_tools_url: str = ""
    subdomain_host: SubdomainHost = ""
    staff_entry: bool = True


def configure(c: Any, folder: Path) -> None:
    """Fill the hub's configuration object ``c`` from a folder with ``hub.json`` and ``secrets/``.

    What the site adds (``site/*.json``, each ``{"Class": {"trait": value}}``) wins over our defaults, and loses to
    what the platform cannot do without.

    Raises:
        NotFound: a file is missing.
        InvalidInput: a file is no JSON, or the chart's own has an unknown or wrong key.
    """
    try:
        told = Installation.model_validate(_read(folder / "hub.json"))
    except ValidationError as e:
        raise InvalidInput(
            f"The hub's settings are wrong: {faults(e.errors())}.", advice="Mend the chart."
        ) from e
    names = (*_ALL_SECRETS, TOOLS_SECRET) if told.tools_url else _ALL_SECRETS
    secrets = read_secrets(folder / "secrets", names)
    _hub(c, told, secrets)
    _servers(c, told.workspaces)
    for each in sorted((folder / "site").glob("*.json")):
        for section, traits in _read(each).items():
            c[section].merge(traits)
    c.JupyterHub.subdomain_host = told.subdomain_host  # the proxy is told of it, too
    setup(
        c,
        service_url=told.service_url,
        secrets=secrets,
        tools_url=told.tools_url,
        public_tools_url=told.public_tools_url,
        staff_entry=told.staff_entry,
    )
    if (times := told.workspaces.culling) is not None:
        add_culler(c, culling.command(idle=times.idle_seconds, every=times.every_seconds, hub_api=_OWN_API))


def _hub(c: Any, told: Installation, secrets: dict[str, str]) -> None:
    c.JupyterHub.hub_bind_url = "http://:8081"
    c.JupyterHub.hub_connect_url = told.hub_url
    c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
    c.JupyterHub.upgrade_db = True  # keeps a copy of the old one beside it
    c.JupyterHub.pid_file = ""
    c.JupyterHub.cookie_secret = bytes.fromhex(secrets["cookie"])
    c.CryptKeeper.keys = [bytes.fromhex(secrets["crypt"])]
    c.JupyterHub.authenticator_class = "null"  # nobody signs in before the site has said how
    c.JupyterHub.default_url = "/services/maia/"
    c.JupyterHub.cleanup_servers = False  # an upgrade of the hub is no reason to end a session
    c.JupyterHub.cleanup_proxy = False
    c.JupyterHub.init_spawners_timeout = 1
    c.JupyterHub.last_activity_interval = _ROUTES_EVERY
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = told.proxy_api_url
    c.ConfigurableHTTPProxy.auth_token = secrets["proxy"]


def _servers(c: Any, told: Workspaces) -> None:
    c.Spawner.cmd = ["jupyterhub-singleuser"]
    c.Spawner.default_url = "/lab"
    c.Spawner.start_timeout = told.start_timeout  # the image may have to be pulled
    c.KubeSpawner.namespace = told.namespace
    c.KubeSpawner.image = told.image
    c.KubeSpawner.image_pull_policy = told.pull_policy
    c.KubeSpawner.image_pull_secrets = told.pull_secrets
    c.KubeSpawner.container_security_context = _SECURITY
    c.KubeSpawner.fs_gid = 1000
    c.KubeSpawner.node_selector = told.node_selector
    c.KubeSpawner.tolerations = told.tolerations
    for name in ("cpu_guarantee", "cpu_limit", "mem_guarantee", "mem_limit"):
        if (value := getattr(told, name)) is not None:
            c.KubeSpawner[name] = value
    if told.gpu_runtime_class:  # the spawner frees servers without a GPU of it
        c.KubeSpawner.extra_pod_config = {"runtimeClassName": told.gpu_runtime_class}
        c.MaiaSpawner.gpu_runtime_classes = {told.gpu_runtime_class}
    c.MaiaSpawner.gpu_node_keys = set(told.gpu_node_keys)
    c.MaiaSpawner.shared_claim = told.shared_claim
    _volumes(c, told.home)


def _volumes(c: Any, home: Home) -> None:
    claimed = home.kind == "claim"
    if claimed:
        c.KubeSpawner.storage_pvc_ensure = True
        c.KubeSpawner.storage_capacity = home.size
        c.KubeSpawner.storage_access_modes = ["ReadWriteOnce"]
        if home.storage_class is not None:
            c.KubeSpawner.storage_class = home.storage_class
    kept: dict[str, Any] = (
        {"persistentVolumeClaim": {"claimName": "{pvc_name}"}} if claimed else {"emptyDir": {}}
    )
    c.KubeSpawner.volumes = [{"name": "home", **kept}, {"name": "tmp", "emptyDir": {}}]
    c.KubeSpawner.volume_mounts = [
        {"name": "home", "mountPath": "/home/jovyan"},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 the container's own
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise NotFound(
            "The hub's settings cannot be read.", given=str(path), advice=f"Mount them there ({e.strerror})."
        ) from e
    except ValueError as e:
        raise InvalidInput(
            f"The hub's settings are no JSON: {e}.", given=str(path), advice="Mend the file."
        ) from e
    return found
