"""A plug-in of pytest: MaiaSpawner without bookings in KubeSpawner's place, on a cluster without registries.

What differs from KubeSpawner's own surroundings: the images are those that the cluster has, a starting server counts
as running once its port answers (its tests look at it at once), the hub of the tests does without a proxy, and
JupyterHub's HTTP client, that wants a running event loop, gets one.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import kubespawner
from jupyterhub.app import JupyterHub
from kubernetes_asyncio.client import CoreV1Api
from traitlets import default

NO_PROXY = """
from jupyterhub.proxy import Proxy

class Nowhere(Proxy):
    should_start = False
    async def get_all_routes(self): return {}
    async def add_route(self, *a): pass
    async def delete_route(self, *a): pass

c.JupyterHub.proxy_class = Nowhere
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = "/tmp/cookie"
"""

_create_pod: Any = CoreV1Api.create_namespaced_pod
_create_config_map: Any = CoreV1Api.create_namespaced_config_map
_init_internal_ssl: Any = JupyterHub.init_internal_ssl

if not os.environ["MAIA_STOCK"]:
    from maia_spawner.spawner import MaiaSpawner

    class KubeSpawner(MaiaSpawner):
        """MaiaSpawner as it is with bookings off."""

        @default("booking_enabled")
        def _no_bookings(self) -> bool:
            return False

    kubespawner.KubeSpawner = KubeSpawner  # type: ignore[attr-defined]


def create_pod(self: Any, namespace: str, body: Any, **more: Any) -> Any:
    """Create a pod from an image that is there."""
    for each in body.spec.containers:
        if isinstance(each, dict):
            hub = each["name"] == "hub"
            each["image"] = os.environ["MAIA_HUB_IMAGE" if hub else "MAIA_WORKSPACE_IMAGE"]
            each["imagePullPolicy"] = "Never"
            each["securityContext"] = {"runAsUser": 0} if hub else {}
        else:
            each.image, each.image_pull_policy = os.environ["MAIA_WORKSPACE_IMAGE"], "Never"
            each.readiness_probe = {"tcpSocket": {"port": each.ports[0].container_port}, "periodSeconds": 1}
    return _create_pod(self, namespace, body, **more)


def create_config_map(self: Any, namespace: str, body: Any, **more: Any) -> Any:
    """Create the configuration of a hub that has no proxy."""
    body.data["jupyterhub_config.py"] += NO_PROXY
    return _create_config_map(self, namespace, body, **more)


def init_internal_ssl(self: Any) -> None:
    """Make the certificates inside a running loop."""

    async def inside() -> None:
        _init_internal_ssl(self)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(inside())
    loop.close()


for owner, name, ours in (
    (CoreV1Api, "create_namespaced_pod", create_pod),
    (CoreV1Api, "create_namespaced_config_map", create_config_map),
    (JupyterHub, "init_internal_ssl", init_internal_ssl),
):
    setattr(owner, name, ours)
