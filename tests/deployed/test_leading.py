"""Two services on one PostgreSQL, as processes: both answer, one runs the loops, and the other takes over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from maia_hub.deployed.settings import DATABASE_SECRET
from maia_hub.hub.setup import SECRETS
from tests.kube.kube import Kube
from tests.platform import ROOT, eventually
from tests.ports import free_port
from tests.postgres.server import ROLE, Server

LEASE = "loops"


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    with kube.namespace("two-services") as made:
        metadata = {"name": LEASE, "namespace": made}
        kube.apply({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata})
        yield made


@contextmanager
def service(
    kube: Kube, folder: Path, namespace: str, database: str, secret: str
) -> Iterator[tuple[int, str]]:
    """Run a service; yield its process and its address."""
    secrets = folder / "secrets"
    secrets.mkdir(parents=True)
    for name in SECRETS:
        (secrets / name).write_text(name.ljust(32, "x"))
    (secrets / DATABASE_SECRET).write_text(secret)
    port = free_port()
    settings = {
        "database": database,
        "hub_api_url": f"http://127.0.0.1:{free_port()}/hub/api",
        "namespaces": [namespace],
        "host": "127.0.0.1",
        "port": port,
        "lease": f"{namespace}/{LEASE}",
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "maia_hub.cli", "serve", "--settings", str(folder / "settings.json")]
    command += ["--secrets", str(secrets), "--kubeconfig", str(kube.kubeconfig)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
        )
    try:
        yield process.pid, f"http://127.0.0.1:{port}/services/maia/health"
    finally:
        process.terminate()
        process.wait(20)


def healthy(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def test_both_answer_one_leads_and_the_other_follows_whichever_way_it_ends(
    kube: Kube, namespace: str, postgresql: Server, tmp_path: Path
) -> None:
    url = postgresql.database()
    database = f"postgresql://{ROLE}@127.0.0.1:{postgresql.port}/{url.database}"

    def leader() -> str:
        spec = kube.get("lease", "-n", namespace, LEASE).get("spec", {})
        return str(spec.get("holderIdentity") or "").rpartition("_")[2]

    with service(kube, tmp_path / "first", namespace, database, postgresql.password) as (
        first,
        first_address,
    ):
        eventually(lambda: leader() == str(first), "the first leads", 30, every=0.2)
        with service(kube, tmp_path / "second", namespace, database, postgresql.password) as (
            second,
            second_address,
        ):
            eventually(lambda: healthy(first_address) and healthy(second_address), "both answer", 30)
            assert leader() == str(first)
            os.kill(first, 9)
            eventually(lambda: leader() == str(second), "the second leads", 40, every=0.2)
            assert healthy(second_address)
            with service(kube, tmp_path / "third", namespace, database, postgresql.password) as (
                third,
                third_address,
            ):
                eventually(lambda: healthy(third_address), "the third answers", 30)
                assert leader() == str(second)
                os.kill(second, 15)
                eventually(lambda: leader() == str(third), "the third leads at once", 14, every=0.2)
