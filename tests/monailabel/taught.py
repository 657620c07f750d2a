"""A MONAI Label that has learnt something, and a label that did not get to its image server, as a panel shows them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from maia_hub.imaging import Mask, Person
from maia_hub.monailabel.labels.outbox import Outbox
from maia_hub.monailabel.labels.places import place
from maia_hub.monailabel.labels.submissions import submission
from maia_hub.monailabel.learning.datasets import DataSet, Labelled
from maia_hub.monailabel.learning.events import Ended, Event, Moved, Promoted, Started
from maia_hub.monailabel.learning.place import Place
from maia_hub.monailabel.learning.record import Record

MODEL = "spleen"
APP = """
from pathlib import Path
from monailabel.tasks.train.basic_train import BasicTrainTask
class Task:
    def __init__(self, path): self.path = [str(path)]
    def get_path(self): return self.path[0]
class MONAILabelApp: pass
class MyApp(MONAILabelApp):
    def __init__(self, conf):
        print("made", flush=True)
        path = Path(__file__).parent / "model" / "spleen.pt"
        path.parent.mkdir(exist_ok=True)
        task = BasicTrainTask()
        task._publish_path = str(path)
        self._trainers, self._infers = {"spleen": task}, {"spleen": Task(path)}
"""
NOON = datetime(2026, 3, 14, 12, tzinfo=timezone.utc)
WAITS = "t-00000000000000a4"
_SCORES = (0.71, 0.84, 0.79)


def lay_out(name: str) -> None:
    """Have a server, which runs or not, know three versions, the second in use, and a training that waits for a GPU."""
    where = Place(name)
    labels = tuple(_label(n, author) for n, author in enumerate(("rita", "ada")))
    held = DataSet((_label(9, "rita"),))
    events: list[Event] = []
    for number, score in enumerate(_SCORES, 1):
        training, at = f"t-00000000000000a{number}", NOON + timedelta(hours=number)
        _wrote(where, training, 20)
        artifact = where.version(training)
        artifact.parent.mkdir(parents=True, exist_ok=True)
        artifact.write_text(f"version {number}")
        data = DataSet(labels[:number])
        events += [
            _started(training, data, held, at, by="ada" if number == 2 else ""),
            Ended(training=training, version=number, artifact=str(artifact), score=score, at=at),
        ]
    events.insert(
        4,
        Promoted(model=MODEL, version=2, by="", why="Dice 0.840, before 0.710", at=NOON + timedelta(hours=2)),
    )
    _wrote(where, WAITS, 7)
    began = NOON + timedelta(hours=5)
    why = "MONAI Label ended"
    events += [
        _started(WAITS, DataSet(labels), held, began, device="cuda"),
        Moved(training=WAITS, move="interrupted", why=why, at=began),
    ]
    (where.root / "policy.json").write_text('{"after": 99}')
    Record(where.record).change(lambda _: events)


def submitted(name: str) -> None:
    """Leave a label in its outbox that was refused by nobody, and is not on its way."""
    what = submission("1.2.840.99.1", {1: "spleen"}, Person("Lovelace^Ada", "ada"), at=NOON)
    box = np.zeros((4, 4, 4), np.uint8)
    box[1:3] = 1
    outbox: Outbox = place(name).outbox
    outbox.keep(what, Mask(box, np.eye(4)))


def _label(number: int, author: str) -> Labelled:
    return Labelled(image=f"1.2.{number}", label=f"1.3.{number}", author=author, at=NOON)


def _started(
    training: str, train: DataSet, held: DataSet, at: datetime, *, by: str = "", device: str = "cpu"
) -> Started:
    return Started(
        training=training,
        model=MODEL,
        train=train,
        held=held,
        parameters={"device": device},
        by=by,
        at=at,
    )


def _wrote(where: Place, training: str, epochs: int) -> None:
    """Write what a training tells of each of its steps; it was to have 20 epochs."""
    lines = [json.dumps({"step": n, "epoch": n, "epochs": 20, "loss": 0.9 / n}) for n in range(1, epochs + 1)]
    Path(where.lesson(training) / "progress.jsonl").write_text("\n".join(lines))
