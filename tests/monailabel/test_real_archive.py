"""The whole loop on an image server (7 GB: `make soak`): submitted by the door, kept in Orthanc, learnt from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nibabel
import numpy as np
import pytest
from nilearn.datasets import load_mni152_template
from pydicom import dcmread

from maia_hub.imaging import DicomWeb, Mask, nifti_to_dicom, read_series
from maia_hub.monailabel.learning.datasets import held_out
from tests.dicom.orthanc import Orthanc, running
from tests.e2e.alone import Alone, alone
from tests.monailabel import real
from tests.monailabel.labels.drawing import Image
from tests.platform import eventually

pytestmark = pytest.mark.soak
NAME = "radiology"
SIDE = 64
UIDS = [f"1.2.826.0.1.3680043.8.498.{number}" for number in range(99)]
LEARNT = [uid for uid in UIDS if not held_out(uid, 0.2)][:2]
HELD = next(uid for uid in UIDS if held_out(uid, 0.2))


@pytest.fixture(scope="module")
def pacs() -> Iterator[Orthanc]:
    """An image server that asks nobody who they are."""
    with running(settings={"AuthenticationEnabled": False}) as started:
        yield started


@pytest.fixture(scope="module")
def heads(pacs: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    """Three pieces of a real head that the server has: one will be held out."""
    with DicomWeb(pacs.url) as web:
        return [
            _piece(web, uid, number, tmp_path_factory.mktemp("head"))
            for number, uid in enumerate((HELD, *LEARNT))
        ]


@pytest.fixture(scope="module")
def lab(pacs: Orthanc, heads: list[Image], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A workspace in which MONAI Label serves that server's images, and learns as soon as two are labelled."""
    real.environment()
    home = tmp_path_factory.mktemp("home")
    policy = home / ".maia" / "monailabel" / "servers" / NAME / "learning" / "policy.json"
    policy.parent.mkdir(parents=True)
    policy.write_text('{"after": 2, "parameters": {"max_epochs": 1}}')
    variables = {"JUPYTERHUB_SERVICE_PREFIX": "/", "XDG_CACHE_HOME": real.cache_home()}
    with alone(home, **variables) as started:
        words = ("start", "--models", real.SPLEEN, "--images", pacs.url, "--device", "cpu", "--json")
        assert json.loads(started.maia("monailabel", *words))["state"] == "ready"
        yield started
        started.maia("monailabel", "stop", NAME)


def test_labels_of_an_image_server_become_a_version_with_a_score(lab: Alone, heads: list[Image]) -> None:
    for head in heads:
        _submit(lab, head)
    model = eventually(lambda: _versions(lab), "a version", 400, every=1)
    [version] = model["versions"]
    assert (model["used"], version["score"] is not None) == (1, True)
    labels = {each["image"]: each for each in _learning(lab)["labels"]}
    assert {uid for uid, each in labels.items() if each["held_out"]} == {HELD}
    assert {labels[uid]["version"] for uid in LEARNT} == {1}
    assert set(version["authors"]) == {labels[uid]["author"] for uid in LEARNT}


def test_what_it_then_infers_of_many_images_is_sent_as_its_own(
    lab: Alone, pacs: Orthanc, heads: list[Image]
) -> None:
    """After the test before: its version is the one in use."""
    door = f"{lab.url}/maia/monailabel/{NAME}"
    wanted = {"device": "cpu", "multi_gpu": False, "label_tag": "original", "max_workers": 1}
    inferring = f"{door}/open/batch/infer"
    httpx.post(f"{inferring}/{real.SPLEEN}", json=wanted, headers=_owner(lab), timeout=300).raise_for_status()
    eventually(lambda: _asked(lab, inferring).status_code == httpx.codes.NOT_FOUND, "the end of it", 300)
    told = httpx.post(f"{door}/labels/proposals", headers=_owner(lab), timeout=300).raise_for_status().json()
    print(told)
    assert {each["image"] for each in told["sent"]} | set(told["left"]) == {head.uid for head in heads}
    assert told["sent"], told["left"]
    eventually(lambda: not _asked(lab, f"{door}/labels").json()["waiting"], "nothing waits", 120)
    with DicomWeb(pacs.url) as web:
        for each in told["sent"]:
            series = web.find_series(each["image"])
            found = [i for i in web.instances(series.study_uid, Modality="SEG") if i.uid == each["uid"]]
            assert len(found) == 1
            said = dcmread(_fetched(web, found[0], lab.home / each["uid"]))
            [segment] = said.SegmentSequence
            assert (segment.SegmentAlgorithmType, segment.SegmentAlgorithmName) == ("AUTOMATIC", real.SPLEEN)
            [algorithm] = segment.SegmentationAlgorithmIdentificationSequence
            assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == (real.SPLEEN, "1")
            assert "ContentCreatorName" not in said or not said.ContentCreatorName


def _submit(lab: Alone, head: Image) -> None:
    drawn = Mask((np.asarray(head.volume.array) > 400).astype(np.uint8), head.volume.affine)
    httpx.put(
        f"{lab.url}/maia/monailabel/{NAME}/open/datastore/label",
        params={"image": head.uid, "tag": "final"},
        files={"label": ("label.nii", drawn.to_nifti().to_bytes())},
        data={"params": json.dumps({"label_info": [{"name": "spleen", "idx": 1}]})},
        headers=_owner(lab),
        timeout=300,
    ).raise_for_status()


def _versions(lab: Alone) -> Any:
    found = _learning(lab)["models"]
    assert not [each for each in found if (each["training"] or {}).get("state") == "failed"], found
    return next((each for each in found if each["versions"]), None)


def _learning(lab: Alone) -> Any:
    asked = httpx.get(f"{lab.url}/maia/monailabel/{NAME}/learning", headers=_owner(lab), timeout=60)
    return asked.raise_for_status().json()


def _asked(lab: Alone, address: str) -> httpx.Response:
    return httpx.get(address, params={"check_if_running": True}, headers=_owner(lab), timeout=60)


def _fetched(web: DicomWeb, label: Any, folder: Path) -> Path:
    web.fetch(label.study_uid, label.series_uid, into=folder)
    return next(folder.rglob("*.dcm"))


def _owner(lab: Alone) -> dict[str, str]:
    return {"Authorization": f"token {lab.token}"}


def _piece(web: DicomWeb, uid: str, number: int, folder: Path) -> Image:
    template = load_mni152_template(resolution=2)
    voxels = np.asarray(template.dataobj)[number : SIDE + number, :SIDE, :SIDE]
    scaled = (1000 * voxels / voxels.max()).astype(np.int16)
    nifti_to_dicom(nibabel.Nifti1Image(scaled, template.affine), folder, "MR")
    for file in folder.rglob("*.dcm"):
        image = dcmread(file)
        image.SeriesInstanceUID = uid
        image.save_as(file)
    web.send(folder)
    return Image(read_series(folder), folder)
