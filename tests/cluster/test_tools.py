"""Labelled Services of a real API are tools of the project whose namespace they are in, as far as may be seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from maia_hub.cluster.connection import connect
from maia_hub.core.ids import ProjectId
from maia_hub.door.labelled import Ground, Labelled
from maia_hub.door.news import News
from maia_hub.service.people import clock
from maia_hub.tools.model import State, Tool
from tests.kube.kube import Kube
from tests.waiting import until

pytestmark = pytest.mark.asyncio

VISION, LUNGS = ProjectId("vision"), ProjectId("lungs")
RIGHTS = [
    {"apiGroups": [""], "resources": ["services"], "verbs": ["list", "watch"]},
    {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["word"], "verbs": ["list", "watch"]},
]
"""What the chart lets the door do in a namespace of tools (`tests/helm/test_rights.py` holds it to that)."""


@pytest.fixture(scope="module")
def spaces(kube: Kube) -> Iterator[dict[str, ProjectId]]:
    """Two namespaces with a project each."""
    with kube.namespace("tools-vision") as vision, kube.namespace("tools-lungs") as lungs:
        yield {vision: VISION, lungs: LUNGS}


@pytest.fixture(scope="module")
def account(kube: Kube, spaces: dict[str, ProjectId], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kubeconfig with the rights of the door and no others."""
    home = "tools-vision"
    kube.kubectl("create", "serviceaccount", "door", "-n", home)
    for space in spaces:
        metadata = {"name": "door", "namespace": space}
        kube.apply(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "Role",
                "metadata": metadata,
                "rules": RIGHTS,
            },
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": metadata,
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "door"},
                "subjects": [{"kind": "ServiceAccount", "name": "door", "namespace": home}],
            },
        )
    known = yaml.safe_load(kube.kubeconfig.read_text())
    known["users"][0]["user"] = {"token": kube.kubectl("create", "token", "door", "-n", home).strip()}
    file = tmp_path_factory.mktemp("account") / "kubeconfig"
    file.write_text(json.dumps(known))
    return file


@asynccontextmanager
async def source(kubeconfig: Path, spaces: dict[str, ProjectId], *secrets: str) -> AsyncIterator[Labelled]:
    grounds = {space: Ground(project, secrets) for space, project in spaces.items()}
    async with await connect(kubeconfig) as api:
        found = Labelled(api, grounds, clock, every=0.2)
        async with found.watching(News()):
            yield found


def make(kube: Kube, space: str, name: str, kind: str = "mlflow", **said: str) -> None:
    metadata = {"name": name, "namespace": space, "labels": {"maia.io/tool": kind}}
    annotations = {f"maia.io/{key}": text for key, text in said.items()}
    spec = {"selector": {"app": name}, "ports": [{"port": 5000}]}
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {**metadata, "annotations": annotations},
            "spec": spec,
        }
    )


def secret(kube: Kube, space: str, name: str, password: str) -> None:
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": space},
            "type": "kubernetes.io/basic-auth",
            "stringData": {"username": "door", "password": password},
        }
    )


def named(of: Labelled, project: ProjectId) -> Mapping[str, Tool]:
    return {tool.name: tool for tool in of.tools(project)}


async def test_services_are_tools_of_the_project_of_their_namespace_as_long_as_they_are_there(
    kube: Kube, spaces: dict[str, ProjectId], account: Path
) -> None:
    async with source(account, spaces) as found:
        await asyncio.to_thread(make, kube, "tools-vision", "runs", title="Our runs", project="lungs")
        await asyncio.to_thread(make, kube, "tools-vision", "sheet", kind="spreadsheet")
        await until(lambda: named(found, VISION), "the Service is found")
        (tool,) = found.tools(VISION)
        assert (tool.title, tool.address, tool.local) == (
            "Our runs",
            "http://runs.tools-vision.svc:5000",
            False,
        )
        assert found.tools(LUNGS) == []
        await until(lambda: found.status(tool).state is State.UNREACHABLE, "it is asked, and does not answer")
        await asyncio.to_thread(kube.kubectl, "delete", "service", "runs", "sheet", "-n", "tools-vision")
        await until(lambda: not named(found, VISION), "it is gone")


async def test_a_secret_counts_that_may_be_read_lies_beside_its_service_and_has_a_password(
    kube: Kube, spaces: dict[str, ProjectId], account: Path
) -> None:
    async with source(account, spaces, "word") as found:

        def wrong(project: ProjectId) -> dict[str, Any]:
            return {name: tool.wrong for name, tool in named(found, project).items()}

        for space in spaces:
            await asyncio.to_thread(make, kube, space, "runs", credentials="word")
        await asyncio.to_thread(secret, kube, "tools-vision", "other", "not to be read")
        await asyncio.to_thread(make, kube, "tools-vision", "steals", credentials="other")
        await until(lambda: len(wrong(VISION)) == 2 and wrong(LUNGS), "the Services are found")
        assert "not there" in wrong(VISION)["runs"]
        assert "none of those" in wrong(VISION)["steals"]
        await asyncio.to_thread(secret, kube, "tools-vision", "word", "first")
        await until(lambda: not wrong(VISION)["runs"], "its Secret is read")
        assert named(found, VISION)["runs"].credentials.secret == "first"
        assert "not there" in wrong(LUNGS)["runs"], "the Secret of one project is no other's"
        assert named(found, LUNGS)["runs"].address == ""
        await asyncio.to_thread(secret, kube, "tools-vision", "word", "second")
        await until(
            lambda: named(found, VISION)["runs"].credentials.secret == "second", "the new one is read"
        )
        await asyncio.to_thread(kube.kubectl, "delete", "secret", "word", "-n", "tools-vision")
        await until(lambda: wrong(VISION)["runs"], "without it, it is shut")
        assert named(found, VISION)["runs"].headers() == {}
    for space in spaces:
        kube.kubectl("delete", "service", "--all", "-n", space)


async def test_a_secret_that_the_account_may_not_read_stays_unread(
    kube: Kube, spaces: dict[str, ProjectId], account: Path
) -> None:
    secret(kube, "tools-vision", "private", "not the door's")
    make(kube, "tools-vision", "runs", credentials="private")
    async with source(account, spaces, "private") as found:
        await until(lambda: named(found, VISION), "the Service is found")
        tool = named(found, VISION)["runs"]
        await until(lambda: found.status(tool).state is State.FAILING, "it is said")
        assert "not there" in found.status(tool).reason
    kube.kubectl("delete", "service", "runs", "-n", "tools-vision")


@pytest.mark.parametrize("kind", ["link", "ohif"])
async def test_a_kind_that_no_service_can_be_is_said(
    kube: Kube, spaces: dict[str, ProjectId], account: Path, kind: str
) -> None:
    make(kube, "tools-lungs", "page", kind=kind)
    async with source(account, spaces) as found:
        await until(lambda: named(found, LUNGS), "the Service is found")
        tool = named(found, LUNGS)["page"]
        assert (tool.address, f"kind {kind}" in tool.wrong) == ("", True)
    kube.kubectl("delete", "service", "page", "-n", "tools-lungs")
