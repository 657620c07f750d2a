"""Where what a server learns is kept: in its folder, for its user alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maia_hub.core.errors import InvalidInput
from maia_hub.core.files import replace_whole
from maia_hub.hpc.tracking import Point
from maia_hub.monailabel.learning.rules import Policy
from maia_hub.monailabel.state import Folder


@dataclass(frozen=True)
class Progress:
    """How far a training is: its last step and epoch, of how many, and the loss at each step."""

    points: tuple[Point, ...] = ()
    epoch: int = 0
    epochs: int = 0

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1; None if that is not known yet."""
        return min(1.0, self.epoch / self.epochs) if self.epochs else None


class Place:
    """The folder ``learning`` of one server."""

    def __init__(self, name: str) -> None:
        self.root = Folder(name).root / "learning"
        self.record = self.root / "record.sqlite"
        self.versions = self.root / "versions"

    def version(self, training: str) -> Path:
        """Return where the model that a training made is kept."""
        return self.versions / f"{training}.pt"

    def base(self, model: str) -> Path:
        """Return where a model is kept as it came."""
        return self.root / "as-it-came" / f"{model}.pt"

    def lesson(self, training: str) -> Path:
        """Return the folder of one training, made if it is not there."""
        folder = self.root / "trainings" / training
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def progress(self, training: str) -> Progress:
        """Return how far a training is."""
        return progress(self.lesson(training))

    def run(self, training: str) -> dict[str, str]:
        """Return the run of MLflow that a training became: ``run`` and ``page``, or ``why`` it is none."""
        try:
            return dict(json.loads((self.lesson(training) / "run.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return {}

    def keep_run(self, training: str, said: dict[str, str]) -> None:
        """Remember the run of MLflow."""
        replace_whole(self.lesson(training) / "run.json", json.dumps(said))

    def policy(self) -> tuple[Policy, dict[str, Any]]:
        """Return what the user wrote into ``policy.json``: when a model is trained, and MONAI Label's parameters.

        Raises:
            InvalidInput: it is not such as it is to be.
        """
        file = self.root / "policy.json"
        try:
            given = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
            parameters = dict(given.get("parameters", {}))
            return Policy(int(given.get("after", 1)), float(given.get("share", 0.2))), parameters
        except (AttributeError, TypeError, ValueError) as e:
            raise InvalidInput(
                "The rules of learning cannot be read.",
                given=f"{file}: {e}"[:300],
                allowed='{"after": 5, "share": 0.2, "parameters": {"max_epochs": 50}}',
            ) from e


def progress(lesson: Path) -> Progress:
    """Return how far the training of a folder is."""
    try:
        lines = (lesson / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return Progress()
    said = [each for line in lines if (each := _read(line))]
    points = tuple(Point("loss", float(each["loss"]), int(each["step"])) for each in said)
    return Progress(points, int(said[-1]["epoch"]), int(said[-1]["epochs"])) if said else Progress()


def _read(line: str) -> dict[str, Any] | None:
    """Read a line; the last one may be half written."""
    try:
        return dict(json.loads(line))
    except ValueError:
        return None
