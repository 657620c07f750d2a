"""The kinds that this machine runs, each tried for real: MLflow, the object store, OHIF's files."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from minio import Minio, S3Error

from maia_hub.core.ids import UserName
from maia_hub.tools.credentials import Credentials
from maia_hub.tools.local import LocalTools
from maia_hub.tools.model import Fact, Tool
from tests.tools import processes
from tests.tools.conftest import PREFIX, VISION

ADA, BOB = UserName("ada"), UserName("bob")
TRACKS = """
import mlflow

mlflow.set_experiment("lungs")
with mlflow.start_run(run_name="first"):
    for step in range(3):
        mlflow.log_metric("dice", 0.5 + step / 10, step=step)
    mlflow.log_text("a report", "report.txt")
"""
READS = """
import mlflow

[run] = mlflow.search_runs(search_all_experiments=True, output_format="list")
print(run.data.metrics["dice"], mlflow.artifacts.load_text(f"{run.info.artifact_uri}/report.txt"))
"""
LEARNS = """
from datetime import datetime, timezone
from mlflow.tracking import MlflowClient
from maia_hub.hpc.tracking import Point
from maia_hub.monailabel.learning import rules
from maia_hub.monailabel.learning.datasets import Labelled
from maia_hub.monailabel.learning.events import Learning, after
from maia_hub.monailabel.learning.tracking import Outcome, track

now = datetime(2026, 3, 14, 12, tzinfo=timezone.utc)
label = Labelled(image="1.2.3", label="1.2.4", author="ada", at=now)
state = after(Learning(), rules.submitted(Learning(), label, now))
wanted = rules.Wanted("t-1", "segmentation_spleen", {"epochs": "2"})
state = after(state, rules.start(state, wanted, rules.Policy(share=0), now))
points = [Point("loss", 1.0, 1)]
track(state.training("t-1"), Outcome(points))
state = after(state, rules.ended(state, "t-1", "/models/1", now, score=0.5))
points.append(Point("loss", 0.5, 2))
done = track(state.training("t-1"), Outcome(points, version=state.version("segmentation_spleen", 1)))
client = MlflowClient()
run = client.get_run(done.run)
values = [each.value for each in client.get_metric_history(done.run, "loss")]
data = [each.dataset.digest == state.training("t-1").train.version[:36] for each in run.inputs.dataset_inputs]
files = [each.path for each in client.list_artifacts(done.run, "data")]
print(run.info.status, values, sorted(data), files)
"""


@pytest.mark.asyncio
async def test_mlflow_keeps_runs_and_artifacts_below_the_doors_path(
    tools: LocalTools, tmp_path: Path
) -> None:
    tool = await tools.ensure(VISION, "mlflow")
    assert tool.address.endswith(f"{PREFIX}/vision/mlflow")
    assert (await _get(f"{tool.address}/api/2.0/mlflow/experiments/search?max_results=1")).status_code == 401
    assert (await _get(f"{tool.address}/")).status_code == 401
    await _track(tool, TRACKS)
    assert await _track(tool, READS) == "0.7 a report"
    fact = await _fact(tool)
    assert fact is not None
    [run] = fact["runs"]
    assert (run["name"], run["metric"], run["values"]) == ("first", "dice", [0.5, 0.6, 0.7])
    processes.kill(tmp_path / "tools" / VISION / "mlflow", Path(sys.executable).resolve().name)
    while tools.tool(VISION, "mlflow") is not None:
        await asyncio.sleep(0.02)
    tool = await tools.ensure(VISION, "mlflow")
    assert await _track(tool, READS) == "0.7 a report"
    said = await _track(tool, LEARNS)
    assert said == "FINISHED [1.0, 0.5] [False, True] ['data/held_out.json', 'data/train.json']"


@pytest.mark.asyncio
async def test_people_have_keys_of_their_own_to_the_buckets_of_their_project(
    tools: LocalTools, tmp_path: Path
) -> None:
    tool = await tools.ensure(VISION, "s3")
    one = await tools.credentials(VISION, "s3", ADA)
    other = await tools.credentials(VISION, "s3", BOB)
    assert one == await tools.credentials(VISION, "s3", ADA) != other
    await asyncio.to_thread(_put, _client(tool, one), b"weights")
    assert await asyncio.to_thread(_read, _client(tool, other)) == b"weights"
    assert await _fact(tool) == {"buckets": [{"name": "models", "bytes": 7, "objects": 1}]}
    processes.kill(tmp_path / "tools" / VISION / "s3", "versitygw")
    while tools.tool(VISION, "s3") is not None:
        await asyncio.sleep(0.02)
    again = await tools.ensure(VISION, "s3")
    assert again.address == tool.address
    assert await asyncio.to_thread(_read, _client(again, one)) == b"weights"


@pytest.mark.asyncio
async def test_a_key_that_was_replaced_is_refused_at_once(tools: LocalTools) -> None:
    tool = await tools.ensure(VISION, "s3")
    before = await tools.credentials(VISION, "s3", ADA)
    assert await asyncio.to_thread(_client(tool, before).list_buckets) == []
    after = await tools.rotate(VISION, "s3", ADA)
    with pytest.raises(S3Error, match="InvalidAccessKeyId"):
        await asyncio.to_thread(_client(tool, before).list_buckets)
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        await asyncio.to_thread(_client(tool, Credentials(after.user, "guessed")).list_buckets)
    assert await asyncio.to_thread(_client(tool, after).list_buckets) == []


@pytest.mark.asyncio
async def test_people_cannot_ask_the_store_for_the_keys_of_others(tools: LocalTools, tmp_path: Path) -> None:
    tool = await tools.ensure(VISION, "s3")
    own = await tools.credentials(VISION, "s3", ADA)
    asking = await asyncio.create_subprocess_exec(
        str(
            next(
                Path(os.readlink(f"/proc/{pid}/exe"))
                for pid in processes.called(tmp_path / "tools/vision/s3", "versitygw")
            )
        ),
        "admin",
        "list-users",
        env={
            "ADMIN_ACCESS_KEY_ID": own.user,
            "ADMIN_SECRET_ACCESS_KEY": own.secret,
            "ADMIN_ENDPOINT_URL": tool.address,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asking.communicate()
    assert asking.returncode != 0
    assert own.secret.encode() not in said


@pytest.mark.asyncio
async def test_the_viewer_is_files_that_live_below_the_doors_path(tools: LocalTools) -> None:
    tool = await tools.ensure(VISION, "ohif")
    assert tools.tool(VISION, "orthanc") is not None, "what it needs runs, too"
    page, start = tool.texts["index.html"], tool.texts["app-config.js"]
    base = f"{PREFIX}/vision/ohif/"
    assert not re.findall(r"<script>", page), "the policy of its page allows no script in it"
    for path in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert path.startswith(base), path
        assert (
            path.removeprefix(base) in tool.texts or (Path(tool.files) / path.removeprefix(base)).exists()
        ), path
    assert "service-worker" not in page
    assert f'window.PUBLIC_URL = "{base}"' in start
    config = json.loads(start[start.index("{\n") : start.rindex("}") + 1])
    source = config["dataSources"][0]["configuration"]
    assert source["wadoRoot"] == f"{PREFIX}/vision/orthanc/dicom-web"
    assert not [path.name for path in Path(tool.files).glob("*.js") if '.p = "/";' in path.read_text()]


@pytest.mark.asyncio
async def test_tensorboard_shows_a_folder_of_the_project_to_the_door_alone(tools: LocalTools) -> None:
    tool = await tools.ensure(VISION, "tensorboard")
    url = f"{tool.address}/data/environment"
    assert (await _get(url)).status_code == 401
    async with httpx.AsyncClient(headers=tool.headers(), trust_env=False) as client:
        shown = (await client.get(url)).json()
    assert shown["data_location"] == tool.extra["logs"]
    assert Path(tool.extra["logs"]).is_dir()


async def _get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url)


async def _fact(tool: Tool) -> Fact | None:
    assert tool.kind.fact is not None
    async with httpx.AsyncClient(headers=tool.headers(), trust_env=False) as client:
        return await tool.kind.fact(tool, client)


async def _track(tool: Tool, code: str) -> str:
    """Run code with MLflow's client, as a kernel does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        env={
            **os.environ,
            "MLFLOW_TRACKING_URI": tool.address,
            "MLFLOW_TRACKING_USERNAME": tool.credentials.user,
            "MLFLOW_TRACKING_PASSWORD": tool.credentials.secret,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().strip().splitlines()[-1] if said.strip() else ""


def _client(tool: Tool, own: Credentials) -> Minio:
    return Minio(
        httpx.URL(tool.address).netloc.decode(), own.user, own.secret, secure=False, region="us-east-1"
    )


def _put(client: Minio, content: bytes) -> None:
    client.make_bucket("models")
    client.put_object("models", "best.pt", BytesIO(content), len(content))


def _read(client: Minio) -> bytes:
    answer = client.get_object("models", "best.pt")
    try:
        return answer.read()
    finally:
        answer.close()
        answer.release_conn()
