"""The real MONAI Label: its viewer, apps that cannot be made, and, behind the door, a label's way to a real Orthanc.

Few tests, and one server: what teaches it, or takes minutes, is in the files beside this one (`make soak`).
"""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import AsyncDicomWeb, DicomWeb
from maia_hub.monailabel import apps, ohif, server
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.labels.versions import Version, versions
from maia_hub.monailabel.state import MARK, Folder, Wish
from maia_hub.supervise.processes import marked
from tests.dicom.orthanc import Orthanc, running
from tests.e2e.alone import Alone, alone
from tests.monailabel import real
from tests.monailabel.labels.drawing import Image, stored
from tests.platform import eventually

NAME = "radiology"
SLICER = """
import json, sys
from monailabel.client import MONAILabelClient

said = json.load(sys.stdin)
client = MONAILabelClient(said["url"], tmpdir=said["folder"])
client.update_auth(client.auth_token(said["user"], said["password"]))
sample = client.next_sample("random", {})
proposed, _ = client.infer(said["model"], sample["id"], {})
params = {"label_info": [{"name": "spleen", "idx": 1}]}
done = client.save_label(sample["id"], said["label"], params=params)
print(json.dumps({"image": sample["id"], "proposed": proposed, **done}))
"""


@pytest.fixture(scope="module")
def environment() -> Environment:
    """The one in the user's cache."""
    return real.environment()


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home for what is tried here alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", real.cache_home())
    monkeypatch.setenv("HOME", str(tmp_path))


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
    variables = {"JUPYTERHUB_SERVICE_PREFIX": "/", "XDG_CACHE_HOME": real.cache_home()}
    with alone(tmp_path_factory.mktemp("home"), **variables) as started:
        words = ("start", "--models", real.SPLEEN, "--images", pacs.url, "--device", "cpu", "--json")
        assert json.loads(started.maia("monailabel", *words))["state"] == "ready"
        yield started
        started.maia("monailabel", "stop", NAME)


def test_the_viewer_in_the_wheel_is_the_one_that_is_known(environment: Environment, tmp_path: Path) -> None:
    ohif.rewrite(environment.ohif, tmp_path / "rewritten")
    made = ohif.page(environment.ohif, "/p/monailabel", "/p/orthanc/dicom-web")
    texts = [*made.values(), *(path.read_text() for path in (tmp_path / "rewritten").iterdir())]
    assert not any('= "/ohif/"' in text or '"/ohif/' in text for text in texts)
    assert "https://" not in made["index.html"]
    assert "@import" not in (tmp_path / "rewritten" / "app.bundle.css").read_text()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "from monailabel.interfaces.app import MONAILabelApp, Nothing\nclass MyApp(MONAILabelApp): pass\n",
            "line 1: ImportError",
        ),
        (
            "from monailabel.interfaces.app import MONAILabelApp\n"
            "class MyApp(MONAILabelApp):\n"
            "    def __init__(self, app_dir, studies, conf):\n"
            "        exit(-1)\n",
            "line 4: it ended itself with -1",
        ),
    ],
    ids=["import", "exit"],
)
def test_a_bad_app_is_told_of_by_file_and_line(
    environment: Environment, own_home: None, tmp_path: Path, text: str, says: str
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "main.py").write_text(text)
    app = apps.own(folder)
    apps.lay_out(app)
    (tmp_path / "images").mkdir()
    with pytest.raises(InvalidInput) as refused:
        server.start(
            environment, "bad", Wish(str(app.folder), app.settings, str(tmp_path / "images"), device="cpu")
        )
    assert str(refused.value.given).startswith(f"{folder / 'main.py'}, {says}")
    assert not marked(str(Folder("bad").root), MARK)


def test_3d_slicers_client_gets_an_image_and_a_proposal_and_submits_a_signed_version(
    lab: Alone, environment: Environment, pacs: Orthanc, image: Image, tmp_path: Path
) -> None:
    door, owner = f"{lab.url}/maia/monailabel/{NAME}", {"Authorization": f"token {lab.token}"}
    made = httpx.post(f"{door}/password", headers=owner, json={}).raise_for_status().json()
    image.box().to_nifti().to_filename(tmp_path / "drawn.nii.gz")
    said = {"url": f"{door}/open", "folder": str(tmp_path), "model": real.SPLEEN, **made}
    done = subprocess.run(
        [environment.python, "-c", SLICER],
        input=json.dumps({**said, "label": str(tmp_path / "drawn.nii.gz")}),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["image"] == image.uid
    assert Path(told["proposed"]).stat().st_size > 0
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


def test_what_a_model_proposed_is_sent_once_and_signed_by_the_model(
    lab: Alone, pacs: Orthanc, image: Image
) -> None:
    door, owner = f"{lab.url}/maia/monailabel/{NAME}", {"Authorization": f"token {lab.token}"}
    before = _versions(pacs, image)
    info = {"model": real.SPLEEN, "params": {"label_names": {"spleen": 1, "background": 0}}}
    httpx.put(  # as MONAI Label keeps what it infers of many images; an untrained model may find nothing
        f"{door}/open/datastore/label",
        params={"image": image.uid, "tag": "original"},
        files={"label": ("label.nii.gz", gzip.compress(image.box(7).to_nifti().to_bytes()))},
        data={"params": json.dumps(info)},
        headers=owner,
        timeout=300,
    ).raise_for_status()
    for _ in range(2):
        asked = httpx.post(f"{door}/labels/proposals", headers=owner, timeout=300)
        assert asked.status_code == httpx.codes.ACCEPTED, asked.text
        assert asked.json()["left"] == {}
        found = _until_there(pacs, image, len(before) + 1)[-1]
        eventually(lambda: not _waiting(lab), "nothing waits", 120)
    assert len(_versions(pacs, image)) == len(before) + 1
    assert (found.uid, found.model, found.by_a_person) == (asked.json()["sent"][0]["uid"], real.SPLEEN, False)
    assert found.labels == ("spleen",)


def _waiting(lab: Alone) -> list[object]:
    address = f"{lab.url}/maia/monailabel/{NAME}/labels"
    told = httpx.get(address, headers={"Authorization": f"token {lab.token}"}, timeout=60).json()
    return list(told["waiting"])


def _until_there(pacs: Orthanc, image: Image, count: int) -> list[Version]:
    """Wait until the server has that many."""
    give_up = time.monotonic() + 300
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
