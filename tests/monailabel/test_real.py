"""The real MONAI Label (its environment takes 7 GB: `make soak` makes it once): served, asked, taught, stopped."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import httpx
import nibabel
import numpy as np
import pytest
from nilearn.datasets import load_mni152_template

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel import apps, ohif, process, server
from maia_hub.monailabel.environment import Environment, prepare
from maia_hub.monailabel.images import images
from maia_hub.monailabel.server import Server, State
from maia_hub.monailabel.state import MARK, Folder, Wish, folders, home
from maia_hub.supervise.processes import marked

pytestmark = pytest.mark.soak
SPLEEN = "segmentation_spleen"
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
    """The one in the user's cache, made first if it is not there."""
    began = time.monotonic()
    made = asyncio.run(prepare(lambda doing, _: None))
    held = sum(path.lstat().st_blocks * 512 for path in made.folder.rglob("*"))
    print(f"environment: {time.monotonic() - began:.0f} s, {held / 1e9:.1f} GB")
    return made


@pytest.fixture(autouse=True)
def own_home(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """A home for what is tried here alone; what has been started is ended after the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    yield
    for folder in folders():
        known = folder.known()
        if known is not None:
            process.end(known.process, folder)
        assert not marked(str(folder.root), MARK)


def test_the_viewer_in_the_wheel_is_the_one_that_is_known(environment: Environment, tmp_path: Path) -> None:
    ohif.rewrite(environment.ohif, tmp_path / "rewritten")
    made = ohif.page(environment.ohif, "/p/monailabel", "/p/orthanc/dicom-web")
    texts = [*made.values(), *(path.read_text() for path in (tmp_path / "rewritten").iterdir())]
    assert not any('= "/ohif/"' in text or '"/ohif/' in text for text in texts)
    assert "https://" not in made["index.html"]
    assert "@import" not in (tmp_path / "rewritten" / "app.bundle.css").read_text()


def test_radiology_is_served_taught_and_stopped_without_a_network(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    _head(tmp_path / "images" / "head.nii.gz")
    app = apps.radiology(environment, [SPLEEN], home() / "apps")
    apps.lay_out(app)
    wish = Wish(str(app.folder), app.settings, images(str(tmp_path / "images")).where, device="cpu")
    found = _timed("start", environment, wish)
    assert (found.state, found.untrained) == (State.READY, (SPLEEN,))
    assert httpx.get(f"{found.address}/info/", trust_env=False).status_code == 401
    with found.client(timeout=300) as client:
        info = client.get("/info/").json()
        assert SPLEEN in info["models"]
        assert info["datastore"]["total"] == 1
        _infer(client)
        _label(client, tmp_path)
        client.post(f"/train/{SPLEEN}", json=ONE_ROUND).raise_for_status()
        _until_trained(client)
    began = time.monotonic()
    assert server.stop("real").state is State.STOPPED
    print(f"stop while training: {time.monotonic() - began:.1f} s")
    model = app.folder / "model"
    assert (model / SPLEEN / "train_01" / "checkpoint_final.pt").stat().st_size > 1_000_000
    assert (model / f"{SPLEEN}.pt").stat().st_size > 1_000_000
    assert _timed("start again", environment, wish).untrained == ()


def test_weights_are_not_there_without_a_network_and_that_is_said(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "images").mkdir()
    app = apps.radiology(environment, [SPLEEN], home() / "apps", weights=True)
    apps.lay_out(app)
    found = server.start(
        environment, "real", Wish(str(app.folder), app.settings, str(tmp_path / "images"), device="cpu")
    )
    assert "could not be fetched" in found.reason
    assert found.untrained == (SPLEEN,)


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
    environment: Environment, tmp_path: Path, text: str, says: str
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


def _timed(doing: str, environment: Environment, wish: Wish) -> Server:
    began = time.monotonic()
    found = server.start(environment, "real", wish)
    print(f"{doing}: {time.monotonic() - began:.1f} s")
    return found


def _infer(client: httpx.Client) -> None:
    began = time.monotonic()
    answer = client.post(f"/infer/{SPLEEN}", params={"image": "head", "output": "image"})
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
