"""The real MONAI Label served, asked, taught and stopped, without a network (`make soak`)."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import nibabel
import numpy as np
import pytest
from nilearn.datasets import load_mni152_template

from maia_hub.monailabel import apps, process, server
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.images import images
from maia_hub.monailabel.server import Server, State
from maia_hub.monailabel.state import MARK, Wish, folders, home
from maia_hub.supervise.processes import marked
from tests.monailabel import real

pytestmark = pytest.mark.soak
SIDE = 64  # voxels; cut out of the middle of a real head
ONE_ROUND = {
    "max_epochs": 200,
    "multi_gpu": False,
    "val_split": 0,
    "tracking": "None",
    "dataset": "Dataset",
    "name": "train_01",
}


@pytest.fixture(scope="module")
def environment() -> Environment:
    """The one in the user's cache."""
    return real.environment()


@pytest.fixture(autouse=True)
def own_home(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """A home for what is tried here alone; what has been started is ended after the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", real.cache_home())
    monkeypatch.setenv("HOME", str(tmp_path))
    yield
    for folder in folders():
        known = folder.known()
        if known is not None:
            process.end(known.process, folder)
        assert not marked(str(folder.root), MARK)


def test_radiology_is_served_taught_and_stopped_without_a_network(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    _head(tmp_path / "images" / "head.nii.gz")
    app = apps.radiology(environment, [real.SPLEEN], home() / "apps")
    apps.lay_out(app)
    wish = Wish(str(app.folder), app.settings, images(str(tmp_path / "images")).where, device="cpu")
    found = _timed("start", environment, wish)
    assert (found.state, found.untrained) == (State.READY, (real.SPLEEN,))
    assert httpx.get(f"{found.address}/info/", trust_env=False).status_code == 401
    with found.client(timeout=300) as client:
        info = client.get("/info/").json()
        assert real.SPLEEN in info["models"]
        assert info["datastore"]["total"] == 1
        _infer(client)
        _label(client, tmp_path)
        client.post(f"/train/{real.SPLEEN}", json=ONE_ROUND).raise_for_status()
        _until_trained(client)
    began = time.monotonic()
    assert server.stop("real").state is State.STOPPED
    print(f"stop while training: {time.monotonic() - began:.1f} s")
    model = app.folder / "model"
    assert (model / real.SPLEEN / "train_01" / "checkpoint_final.pt").stat().st_size > 1_000_000
    assert (model / f"{real.SPLEEN}.pt").stat().st_size > 1_000_000
    assert _timed("start again", environment, wish).untrained == ()


def test_weights_are_not_there_without_a_network_and_that_is_said(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "images").mkdir()
    app = apps.radiology(environment, [real.SPLEEN], home() / "apps", weights=True)
    apps.lay_out(app)
    found = server.start(
        environment, "real", Wish(str(app.folder), app.settings, str(tmp_path / "images"), device="cpu")
    )
    assert "could not be fetched" in found.reason
    assert found.untrained == (real.SPLEEN,)


def _timed(doing: str, environment: Environment, wish: Wish) -> Server:
    began = time.monotonic()
    found = server.start(environment, "real", wish)
    print(f"{doing}: {time.monotonic() - began:.1f} s")
    return found


def _infer(client: httpx.Client) -> None:
    began = time.monotonic()
    answer = client.post(f"/infer/{real.SPLEEN}", params={"image": "head", "output": "image"})
    answer.raise_for_status()
    print(f"first inference on {SIDE}³: {time.monotonic() - began:.1f} s")
    assert len(answer.content) > 100


def _label(client: httpx.Client, tmp_path: Path) -> None:
    head = nibabel.Nifti1Image.from_filename(tmp_path / "images" / "head.nii.gz")
    label = nibabel.Nifti1Image((np.asarray(head.dataobj) > 0.5).astype(np.uint8), head.affine)
    nibabel.save(label, tmp_path / "label.nii.gz")
    with (tmp_path / "label.nii.gz").open("rb") as file:
        client.put(
            "/datastore/label",
            params={"image": "head", "tag": "final"},
            files={"label": ("head.nii.gz", file)},
            data={"params": "{}"},
        ).raise_for_status()


def _until_trained(client: httpx.Client) -> None:
    """Wait for the second epoch; what ends before that has failed."""
    while True:
        task = client.get("/train/").json()
        assert task["status"] in ("SUBMITTED", "RUNNING"), task["details"]
        if any("Epoch[2] Complete" in line for line in task.get("details", [])):
            return
        time.sleep(0.5)


def _head(path: Path) -> None:
    template = load_mni152_template(resolution=2)
    path.parent.mkdir()
    voxels = np.asarray(template.dataobj, dtype=np.float32)[:SIDE, :SIDE, :SIDE]
    nibabel.save(nibabel.Nifti1Image(voxels, template.affine), path)
