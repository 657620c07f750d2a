"""Trainings and versions that MAIA Hub looks after: what MONAI Label does otherwise for them; all else is as it was.

A training that names files under ``maia`` learns from the images that one of them lists, says in another how far it is,
and leaves its model in a third, not where it would be used at once. An inference that names a version is made by it.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WANTED, VERSION = "maia", "maia_version"
_FINAL = "final"
_ID = re.compile(r"t-[0-9a-f]{16}")


def published(app: Any) -> dict[str, str]:
    """Return the models that can be taught so, each with the file from which its weights are used."""
    from monailabel.tasks.train.basic_train import (  # type: ignore[import-not-found]  # noqa: PLC0415
        BasicTrainTask,
    )

    found = {}
    for name, task in getattr(app, "_trainers", {}).items():
        path = getattr(task, "_publish_path", None)
        used = getattr(app._infers.get(name), "path", None) or [None]
        if isinstance(task, BasicTrainTask) and path and used[-1] == path:
            found[name] = str(path)
    return found


def let_compare(versions: Path) -> None:
    """Have an inference that names a version be made by it; the version in use stays loaded beside it."""
    from monailabel.tasks.infer.basic_infer import (  # type: ignore[import-not-found]  # noqa: PLC0415
        BasicInferTask,
    )

    usual = BasicInferTask._get_network

    def network(task: Any, device: Any, data: Any) -> Any:
        version = (data or {}).get(VERSION)
        if version is None:
            return usual(task, device, data)
        if not _ID.fullmatch(str(version)) or not (versions / f"{version}.pt").is_file():
            raise ValueError("there is no such version")
        other = copy.copy(task)
        other.path, other._networks = [str(versions / f"{version}.pt")], {}
        return usual(other, device, data)

    BasicInferTask._get_network = network


def labels_by_image() -> None:
    """Have a label of an image on an image server be found by its image, as those of a folder are, if it is here."""
    from monailabel.datastore.dicom import (  # type: ignore[import-not-found]  # noqa: PLC0415
        DICOMWebDatastore,
    )

    usual = DICOMWebDatastore.get_label_uri

    def get_label_uri(store: Any, label: str, tag: str, image_id: str = "") -> Any:
        if tag == _FINAL and store._datastore.label(label, tag):
            own: Any = super(DICOMWebDatastore, store)
            return own.get_label_uri(label, tag)
        return usual(store, label, tag, image_id)

    DICOMWebDatastore.get_label_uri = get_label_uri


def teach(words: list[str] = sys.orig_argv) -> None:
    """In the process that trains: have the training be as its request says under ``maia``; without that, as usual.

    What cannot be done ends the process: a training on other images would be worth nothing.
    """
    try:
        wanted = json.loads(words[words.index("-r") + 1]).get(WANTED)
        if wanted is not None:
            _teach(wanted)
    except Exception as e:
        raise SystemExit(f"This training cannot be begun: {type(e).__name__}: {e}") from e


def _teach(wanted: Mapping[str, str]) -> None:
    from monailabel.datastore.local import (  # type: ignore[import-not-found]  # noqa: PLC0415
        LocalDatastoreModel,
    )
    from monailabel.tasks.train.basic_train import BasicTrainTask  # noqa: PLC0415

    images = json.loads(Path(wanted["images"]).read_text(encoding="utf-8"))
    by_tag, finalize = LocalDatastoreModel.filter_by_tag, BasicTrainTask.finalize

    def filtered(model: Any, tag: Any) -> dict[str, Any]:
        found: dict[str, Any] = by_tag(model, tag)
        if tag != _FINAL:
            return found
        missing = [image for image in images if image not in found]
        if missing:
            raise SystemExit(f"There is no label here of {len(missing)} images, such as {missing[0]}")
        return {image: found[image] for image in images}

    def finalized(task: Any, context: Any) -> None:
        task._publish_path = wanted["publish"]
        finalize(task, context)
        if context.local_rank == 0:
            _say(context.trainer, Path(wanted["progress"]))

    LocalDatastoreModel.filter_by_tag = filtered
    BasicTrainTask.finalize = finalized
    _labels_that_are_here(images)


def _labels_that_are_here(images: list[str]) -> None:
    """Have a training on images of an image server take the labels that are here, not any that it finds there."""
    from monailabel.datastore.dicom import DICOMWebDatastore  # noqa: PLC0415

    def download(store: Any) -> None:
        for image in images:
            store.get_image_uri(image)

    DICOMWebDatastore._download_labeled_data = download


def _say(trainer: Any, file: Path) -> None:
    """Write a line after each iteration, going on where an interrupted training was."""
    from ignite.engine import Events  # type: ignore[import-not-found]  # noqa: PLC0415

    before = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    last = json.loads(before[-1]) if before else {"step": 0, "epoch": 0}

    def line(engine: Any) -> None:
        state, output = engine.state, engine.state.output
        loss = output[0]["loss"] if isinstance(output, list) else output["loss"]
        said = {
            "step": last["step"] + state.iteration,
            "epoch": last["epoch"] + state.epoch,
            "epochs": last["epoch"] + state.max_epochs,
            "loss": float(loss),
        }
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{json.dumps(said)}\n")

    trainer.add_event_handler(Events.ITERATION_COMPLETED, line)
