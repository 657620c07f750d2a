"""The connection to a real API: by a kubeconfig or a service account, and what its failures become."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import yaml
from kubernetes_asyncio.config import incluster_config

from maia_hub.cluster.connection import Api, connect
from maia_hub.cluster.inventory import NodeWatch
from maia_hub.cluster.pods import PodWatch
from maia_hub.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from tests.cluster.parts import new_grant, pod, running
from tests.kube.kube import Kube
from tests.ports import free_port

pytestmark = pytest.mark.asyncio

RIGHTS = [
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch", "patch", "delete"]},
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list", "watch"]},
]


@pytest_asyncio.fixture
async def api(kube: Kube) -> AsyncIterator[Api]:
    async with await connect(kube.kubeconfig) as connected:
        yield connected


async def test_what_is_not_there_is_not_found(api: Api) -> None:
    with pytest.raises(NotFound, match="Kubernetes answered 404"):
        await api.get("/api/v1/namespaces/nowhere/pods/nobody")


async def test_a_pod_of_another_uid_is_a_conflict_and_a_senseless_change_invalid(
    kube: Kube, api: Api, namespace: str, image: str
) -> None:
    made = pod(image, new_grant())
    path = f"/api/v1/namespaces/{namespace}/pods/{made['metadata']['name']}"
    kube.kubectl("create", "-n", namespace, "-f", "-", given=json.dumps(made))
    with pytest.raises(Conflict):
        await api.delete(path, uid="another")
    with pytest.raises(InvalidInput):
        await api.patch(path, {"metadata": {"uid": "another"}})
    with pytest.raises(InvalidInput) as caught:
        await api.patch(path, {"metadata": {"labels": {"no label": "x" * 5000}}})
    assert len(caught.value.message) < 400
    found = await api.get(path)
    await api.delete(path, uid=found["metadata"]["uid"], grace=0)


async def test_an_api_that_is_down_is_unavailable(kube: Kube, tmp_path: Path) -> None:
    settings = yaml.safe_load(kube.kubeconfig.read_text())
    settings["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{free_port()}"
    nowhere = tmp_path / "kubeconfig"
    nowhere.write_text(yaml.safe_dump(settings))
    async with await connect(nowhere) as api:
        with pytest.raises(Unavailable, match="does not answer"):
            await api.get("/api/v1/nodes")


async def test_an_api_of_another_authority_is_not_talked_to(kube: Kube, tmp_path: Path) -> None:
    settings = yaml.safe_load(kube.kubeconfig.read_text())
    del settings["clusters"][0]["cluster"]["certificate-authority"]
    stranger = tmp_path / "kubeconfig"
    stranger.write_text(yaml.safe_dump(settings))
    async with await connect(stranger) as api:
        with pytest.raises(Unavailable) as caught:
            await api.get("/api/v1/nodes")
    assert "Certificate" in str(caught.value.given)


@pytest.mark.parametrize(
    "text", ["", "- a list", "users: [{user: {token: secret", "apiVersion: v1\nkind: Config\n"]
)
async def test_a_kubeconfig_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    broken = tmp_path / "kubeconfig"
    broken.write_text(text)
    with pytest.raises(Unavailable, match="no way to reach Kubernetes") as caught:
        await connect(broken)
    assert str(broken) in str(caught.value.given)
    assert "secret" not in str(caught.value.given)


async def test_without_a_kubeconfig_and_outside_a_cluster_there_is_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(Unavailable, match="no way to reach Kubernetes"):
        await connect()


async def test_a_service_account_with_the_rights_that_are_named_sees_all_it_needs_and_no_more(
    kube: Kube, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = {"kind": "ServiceAccount", "name": "controller", "namespace": namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-test"}
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {k: account[k] for k in ("name", "namespace")},
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "cluster-test"},
            "rules": RIGHTS,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "cluster-test"},
            "roleRef": role,
            "subjects": [account],
        },
    )
    try:
        _be_in_the_cluster(kube, namespace, tmp_path, monkeypatch)
        async with await connect() as api:
            nodes, pods = NodeWatch(api, lambda _: None), PodWatch(api)
            async with running(nodes.run()), running(pods.run()):
                await asyncio.wait_for(asyncio.gather(nodes.synced(), pods.synced()), 30)
            with pytest.raises(Forbidden) as caught:
                await api.get("/api/v1/secrets")
            token = (tmp_path / "token").read_text()
            assert token not in repr((caught.value.message, caught.value.given))
    finally:
        kube.kubectl("delete", "clusterrolebinding,clusterrole", "cluster-test")


def _be_in_the_cluster(kube: Kube, namespace: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process what the kubelet gives a pod: the API's address, its authority and a token."""
    cluster = yaml.safe_load(kube.kubeconfig.read_text())["clusters"][0]["cluster"]
    there = urlsplit(cluster["server"])
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(there.hostname))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(there.port))
    (folder / "token").write_text(kube.kubectl("create", "token", "controller", "-n", namespace).strip())
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(folder / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", cluster["certificate-authority"])
