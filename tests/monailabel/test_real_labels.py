"""The real MONAI Label behind the workspace's door: what is submitted comes to a real Orthanc, signed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from maia_hub.imaging import AsyncDicomWeb, DicomWeb
from maia_hub.monailabel.environment import Environment, prepare
from maia_hub.monailabel.labels.versions import Version, versions
from tests.dicom.orthanc import Orthanc, running
from tests.e2e.alone import Alone, alone
from tests.monailabel.labels.drawing import Image, stored

pytestmark = pytest.mark.soak
NAME = "radiology"
SPLEEN = "segmentation_spleen"
SLICER = """
import json, sys
from monailabel.client import MONAILabelClient

said = json.load(sys.stdin)
client = MONAILabelClient(said["url"], tmpdir=said["folder"])
client.update_auth(client.auth_token(said["user"], said["password"]))
params = {"label_info": [{"name": "spleen", "idx": 1}]}
print(json.dumps(client.save_label(said["image"], said["label"], params=params)))
"""


@pytest.fixture(scope="module")
def environment() -> Environment:
    """The one in the user's cache, made first if it is not there."""
    return asyncio.run(prepare())


@pytest.fixture(scope="module")
def pacs() -> Iterator[Orthanc]:
    """An image server that asks nobody who they are: MONAI Label knows no Basic credentials of ours."""
    with running(settings={"AuthenticationEnabled": False}) as started:
        yield started


@pytest.fixture(scope="module")
def image(pacs: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """A series that the server has."""
    with DicomWeb(pacs.url) as web:
        return stored(web, tmp_path_factory.mktemp("image") / "ct", slices=8)


@pytest.fixture(scope="module")
def lab(
    environment: Environment, pacs: Orthanc, image: Image, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Alone]:
    """A workspace in which MONAI Label serves that server's images."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    variables = {"JUPYTERHUB_SERVICE_PREFIX": "/", "XDG_CACHE_HOME": cache}
    with alone(tmp_path_factory.mktemp("home"), **variables) as started:
        words = ("start", "--models", SPLEEN, "--images", pacs.url, "--device", "cpu", "--json")
        assert json.loads(started.maia("monailabel", *words))["state"] == "ready"
        yield started
        started.maia("monailabel", "stop", NAME)


def test_what_3d_slicers_client_submits_is_a_version_of_who_is_signed_in(
    lab: Alone, environment: Environment, pacs: Orthanc, image: Image, tmp_path: Path
) -> None:
    door, owner = f"{lab.url}/maia/monailabel/{NAME}", {"Authorization": f"token {lab.token}"}
    made = httpx.post(f"{door}/password", headers=owner, json={}).raise_for_status().json()
    image.box().to_nifti().to_filename(tmp_path / "drawn.nii.gz")
    said = {"url": f"{door}/open", "folder": str(tmp_path), "image": image.uid, **made}
    done = subprocess.run(
        [environment.python, "-c", SLICER],
        input=json.dumps({**said, "label": str(tmp_path / "drawn.nii.gz")}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    (found,) = _until_there(pacs, image, 1)
    assert (found.uid, found.account, found.labels) == (told["version"], made["user"], ("spleen",))
    assert found.author == made["user"]


def test_plain_voxels_come_as_they_lie_in_the_image(lab: Alone, pacs: Orthanc, image: Image) -> None:
    door, owner = f"{lab.url}/maia/monailabel/{NAME}", {"Authorization": f"token {lab.token}"}
    before = _versions(pacs, image)
    voxels = image.box(9).array
    began = time.monotonic()
    answer = httpx.put(
        f"{door}/open/datastore/label",
        params={"image": image.uid},
        files={"label": ("label.bin", voxels.tobytes(order="F"))},
        data={"params": json.dumps({"label_info": [{"name": "spleen", "idx": 1}]})},
        headers=owner,
        timeout=300,
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    there = _until_there(pacs, image, len(before) + 1)
    print(f"submit to QIDO: {time.monotonic() - began:.1f} s")
    assert there[-1].uid == answer.json()["version"]
    assert answer.json()["label"] == image.uid
    objects = [pacs.rest(f"instances/{each}/simplified-tags") for each in pacs.rest("instances")]
    creators = {each.get("ContentCreatorName") for each in objects if each["Modality"] == "SEG"}
    assert creators == {each.author for each in there}
    assert "Reader1" not in json.dumps(objects)


def _until_there(pacs: Orthanc, image: Image, count: int) -> list[Version]:
    """Wait until the server has that many."""
    give_up = time.monotonic() + 120
    while len(found := _versions(pacs, image)) < count:
        assert time.monotonic() < give_up, "the label did not arrive"
        time.sleep(0.1)
    assert len(found) == count
    return found


def _versions(pacs: Orthanc, image: Image) -> list[Version]:
    async def ask() -> list[Version]:
        async with AsyncDicomWeb(pacs.url) as web:
            return await versions(web, image.uid)

    return asyncio.run(ask())
