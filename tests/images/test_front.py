"""The hub behind its proxy, from their images alone."""

from __future__ import annotations

import json

from tests.images.pods import plain, until
from tests.kube.kube import Kube

HUB = [
    "jupyterhub",
    "--JupyterHub.spawner_class=kubespawner.KubeSpawner",
    "--JupyterHub.authenticator_class=null",
    "--JupyterHub.hub_bind_url=http://127.0.0.1:8081",
    "--ConfigurableHTTPProxy.should_start=False",
    "--ConfigurableHTTPProxy.api_url=http://127.0.0.1:8001",
]
PROXY = [
    "--ip=0.0.0.0",
    "--port=8000",
    "--api-ip=127.0.0.1",
    "--api-port=8001",
    "--default-target=http://127.0.0.1:8081",
]


def test_the_hub_answers_through_its_proxy_and_both_end_when_asked(
    kube: Kube, restricted: str, hub_image: str, proxy_image: str
) -> None:
    secret = [{"name": "CONFIGPROXY_AUTH_TOKEN", "value": "0" * 32}]
    home = [{"name": "hub", "mountPath": "/srv/jupyterhub"}]
    hub = {"name": "hub", "image": hub_image, "args": HUB, "env": secret, "volumeMounts": home}
    proxy = {"name": "proxy", "image": proxy_image, "args": PROXY, "env": secret}
    pod = plain(kube, restricted, "front", [hub, proxy])

    def health() -> bool:
        return str(json.loads(pod.over_http(8000, "/hub/api/"))["version"]).startswith("6.")

    until(health, lambda: kube.kubectl("logs", "-n", restricted, "front", "--all-containers"))
    # Who does not heed SIGTERM stays for the 30 s of grace that a pod has.
    kube.kubectl("delete", "pod", "-n", restricted, "front", "--timeout=20s")
