"""Services and their names answer, from pods and from this machine."""

from __future__ import annotations

import json
import socket

import pytest

from tests.kube import images
from tests.kube.kube import Kube
from tests.kube.place import Place


@pytest.mark.usefixtures("node")
def test_a_pod_reaches_a_service_by_its_name_and_this_machine_by_its_address(kube: Kube) -> None:
    place = kube.place or Place()
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "asks"},
        "spec": {
            "restartPolicy": "Never",
            "containers": [
                {
                    "name": "asks",
                    "image": images.debian(place),
                    "imagePullPolicy": "Never",
                    "command": ["bash", "-c", "exec 3<>/dev/tcp/kubernetes.default.svc/443 && echo reached"],
                }
            ],
        },
    }
    with kube.namespace("names"):
        kube.kubectl("apply", "-n", "names", "-f", "-", given=json.dumps(pod))
        kube.kubectl(
            "wait", "-n", "names", "pod/asks", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s"
        )
        assert kube.kubectl("logs", "-n", "names", "asks") == "reached\n"
    with socket.create_connection((place.api_service, 443), timeout=5):
        pass
