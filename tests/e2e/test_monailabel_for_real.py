"""The real MONAI Label behind the workspace's door: the plug-in's own client in 3D Slicer's place, and its OHIF."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import nibabel
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from maia_hub.monailabel.environment import Environment
from tests.e2e.alone import Alone, alone
from tests.e2e.browser import picture
from tests.e2e.lab import START
from tests.monailabel import real

pytestmark = [pytest.mark.soak, pytest.mark.browser]
NAME = "radiology"
SIDE = 64  # voxels
SLICER = """
import json, sys
from monailabel.client import MONAILabelClient

said = json.load(sys.stdin)
client = MONAILabelClient(said["url"], tmpdir=said["folder"])
assert client.auth_enabled()
token = client.auth_token(said["user"], said["password"])
client.update_auth(token)
assert client.auth_valid_token()
sample = client.next_sample("random", {})
mask, _ = client.infer(said["model"], sample["id"], {})
client.save_label(sample["id"], mask, params={"label_info": [{"name": "spleen", "idx": 1}]})
known = client.datastore()["objects"][sample["id"]]["labels"]
refused = ""
try:
    client.train_start(said["model"], {})
except Exception as e:
    refused = str(e)
print(json.dumps({"models": list(client.info()["models"]), "tags": list(known), "refused": refused}))
"""


@pytest.fixture(scope="module")
def environment() -> Environment:
    """The one in the user's cache."""
    return real.environment()


@pytest.fixture(scope="module")
def server(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A workspace in which MONAI Label serves one image."""
    home = tmp_path_factory.mktemp("home")
    scans = home / "scans"
    scans.mkdir()
    noise = np.random.default_rng(1).normal(0, 100, (SIDE,) * 3).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(noise, np.eye(4)), scans / "noise.nii.gz")
    images = "http://127.0.0.1/there/dicom-web"  # no image server is needed for what is tried here
    variables = {
        "JUPYTERHUB_SERVICE_PREFIX": "/",
        "MAIA_DICOMWEB_URL": images,
        "XDG_CACHE_HOME": real.cache_home(),
    }
    with alone(home, **variables) as started:
        words = ("start", "--models", real.SPLEEN, "--images", str(scans), "--device", "cpu", "--json")
        told = json.loads(started.maia("monailabel", *words))
        assert told["state"] == "ready"
        assert told["viewer"] == f"/maia/monailabel/{NAME}/open/ohif/"
        yield started
        started.maia("monailabel", "stop", NAME)


def test_slicers_own_client_signs_in_infers_and_labels(
    server: Alone, environment: Environment, tmp_path: Path
) -> None:
    door = f"{server.url}/maia/monailabel/{NAME}"
    signed_in = {"Authorization": f"token {server.token}"}
    made = httpx.post(f"{door}/password", headers=signed_in, json={}).raise_for_status().json()
    said = {"url": f"{door}/open", "folder": str(tmp_path), "model": real.SPLEEN, **made}
    done = subprocess.run(
        [environment.python, "-c", SLICER],
        input=json.dumps(said),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert real.SPLEEN in told["models"]
    assert "final" in told["tags"]
    assert "403" in told["refused"] or "administrator" in told["refused"]


def test_its_ohif_opens_below_the_workspaces_path_and_asks_nobody_else(
    browser: Browser, server: Alone
) -> None:
    page = server.open(browser)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{server.url}/maia/monailabel/{NAME}/open/ohif/")
    expect(page.get_by_text("Study List", exact=True)).to_be_visible(timeout=START)
    picture(page, "monailabel-ohif")
    outside = [each for each in asked if not each.startswith((server.url, "blob:", "data:"))]
    assert not outside
    assert not [line for line in said if "Content Security Policy" in line]
    page.context.close()
