"""The real MONAI Label learns (7 GB: `make soak`): labels become a version with a score, a run, and a file in place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from nilearn.datasets import load_mni152_template

from maia_hub.monailabel import apps, process, server
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.images import images
from maia_hub.monailabel.learning.conductor import Conductor
from maia_hub.monailabel.learning.place import Place
from maia_hub.monailabel.state import MARK, Folder, Wish, folders, home
from maia_hub.supervise.processes import marked
from tests.monailabel import real
from tests.monailabel.learning.schooling import settled
from tests.monailabel.school import names
from tests.runs import file_store
from tests.waiting import until

pytestmark = [pytest.mark.soak, pytest.mark.asyncio]
NAME = "taught"
SIDE = 64
LEARNT, HELD = names(2, held=False), names(1, held=True)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """The one in the user's cache, and a home for what is tried here alone."""
    made = real.environment()
    monkeypatch.setenv("XDG_CACHE_HOME", real.cache_home())
    monkeypatch.setenv("HOME", str(tmp_path))
    yield made
    for folder in folders():
        known = folder.known()
        if known is not None:
            process.end(known.process, folder)
        assert not marked(str(folder.root), MARK)


@pytest.fixture
def wish(environment: Environment, tmp_path: Path) -> Wish:
    """The app for radiology on three pieces of a real head."""
    for number, name in enumerate((*LEARNT, *HELD)):
        _piece(tmp_path / "images" / f"{name}.nii.gz", number)
    app = apps.radiology(environment, [real.SPLEEN], home() / "apps")
    apps.lay_out(app)
    return Wish(str(app.folder), app.settings, images(str(tmp_path / "images")).where, device="cpu")


async def test_labels_become_a_version_in_place_with_a_score_and_a_run(
    environment: Environment, wish: Wish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Any = file_store(tmp_path, monkeypatch)
    found = await asyncio.to_thread(server.start, environment, NAME, wish)
    target = Path(found.published[real.SPLEEN])
    assert target == Path(wish.app) / "model" / f"{real.SPLEEN}.pt"
    place = Place(NAME)
    conductor = Conductor(place, partial(server.reached, NAME))
    (place.root / "policy.json").write_text('{"after": 2, "parameters": {"max_epochs": 1}}')
    work = asyncio.create_task(conductor.run())
    try:
        for image in (*HELD, *LEARNT):
            await asyncio.to_thread(_label, found, image, tmp_path)
        began = time.monotonic()
        await conductor.drawn("ada")
        await until(lambda: conductor.record.state().running(), "the training")
        state = await _version(conductor, 1)
        print(f"one epoch, kept and scored: {time.monotonic() - began:.0f} s; Dice {state.versions[0].score}")
        assert {
            each.image for each in state.versions and state.trainings[state.versions[0].training].train.labels
        } == {*LEARNT}
        assert state.versions[0].score is not None
        assert target.read_bytes() == place.version(state.versions[0].training).read_bytes()
        run = store.get_run(place.run(state.versions[0].training)["run"])
        assert (run.info.status, run.data.tags["maia.version"]) == ("FINISHED", "1")
        assert run.data.metrics["held_out_dice"] == state.versions[0].score
        assert len(store.get_metric_history(run.info.run_id, "loss")) == len(LEARNT)
        conductor.ask(real.SPLEEN, "ada", {"max_epochs": "2"})
        state = await _version(conductor, 2)
        print(f"second version: Dice {state.versions[1].score}")
        used = state.used(real.SPLEEN)
        assert used is not None
        assert target.read_bytes() == place.version(used.training).read_bytes()
        await conductor.promote(real.SPLEEN, 1, "ada", "")
        assert target.read_bytes() == place.version(state.versions[0].training).read_bytes()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_a_training_that_was_killed_with_its_server_goes_on_in_the_next(
    environment: Environment, wish: Wish, tmp_path: Path
) -> None:
    found = await asyncio.to_thread(server.start, environment, NAME, wish)
    place = Place(NAME)
    conductor = Conductor(place, partial(server.reached, NAME))
    (place.root / "policy.json").write_text('{"parameters": {"max_epochs": 6}}')
    work = asyncio.create_task(conductor.run())
    try:
        await asyncio.to_thread(_label, found, LEARNT[0], tmp_path)
        await conductor.drawn("ada")
        await until(lambda: conductor.record.state().running(), "the training")
        (training,) = conductor.record.state().trainings
        await until(lambda: place.progress(training).epoch >= 3, "the third epoch", 300)
        known = Folder(NAME).known()
        assert known is not None
        await asyncio.to_thread(process.end, known.process, Folder(NAME))
        await until(lambda: conductor.record.state().training(training).state == "interrupted", "its end")
        await asyncio.to_thread(server.start, environment, NAME, wish)
        state = await _version(conductor, 1)
        assert (state.versions[0].training, place.progress(training).epochs) == (training, 6)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _version(conductor: Conductor, number: int) -> Any:
    await until(lambda: len(conductor.record.state().versions) == number, f"version {number}", 400)
    return await settled(conductor, lambda state: state.running() is None)


def _label(found: server.Server, image: str, folder: Path) -> None:
    head = nibabel.Nifti1Image.from_filename(folder / "images" / f"{image}.nii.gz")
    label = nibabel.Nifti1Image((np.asarray(head.dataobj) > 0.5).astype(np.uint8), head.affine)
    nibabel.save(label, folder / "label.nii.gz")
    with found.client(timeout=300) as client, (folder / "label.nii.gz").open("rb") as file:
        client.put(
            "/datastore/label",
            params={"image": image, "tag": "final"},
            files={"label": (f"{image}.nii.gz", file)},
            data={"params": "{}"},
        ).raise_for_status()


def _piece(path: Path, number: int) -> None:
    template = load_mni152_template(resolution=2)
    path.parent.mkdir(exist_ok=True)
    voxels = np.asarray(template.dataobj, dtype=np.float32)[number : SIDE + number, :SIDE, :SIDE]
    nibabel.save(nibabel.Nifti1Image(voxels, template.affine), path)
