"""A label that arrives is the event after which a model is trained: noted once, told to who trains."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.imaging import Algorithm, Person
from maia_hub.imaging.labels import Author
from maia_hub.monailabel.labels.delivery import Delivered
from maia_hub.monailabel.labels.submissions import submission
from maia_hub.monailabel.labels.versions import Version
from maia_hub.monailabel.learning.arrivals import arrivals, labelled, note
from maia_hub.monailabel.learning.record import Record
from maia_hub.monailabel.learning.rules import Policy
from maia_hub.monailabel.learning.turns import Turn, turn
from tests.monailabel.learning.labelling import NOON, SPLEEN, ticking

ADA = Person("Lovelace^Ada", "ada", "University")
MODEL = Algorithm("segmentation_spleen", "3")


def delivered(series: int, author: Author = ADA) -> Delivered:
    what = submission(f"1.2.{series}", {1: "spleen"}, author, at=NOON + timedelta(minutes=series))
    return Delivered(what, "1.2", 1, False)


@pytest.mark.asyncio
async def test_models_are_due_after_so_many_labels_of_people(tmp_path: Path) -> None:
    record, policy, due = Record(tmp_path / "learning.sqlite"), Policy(after=2, share=0), list[str]()

    async def told(model: str) -> None:
        due.append(model)
        with turn(record, model, {}, ticking(), policy) as taken:
            assert isinstance(taken, Turn)
            taken.end("/models/1")

    arrived = arrivals(record, [SPLEEN], policy, told, ticking())
    first = delivered(1)
    for each in (first, first, delivered(2, MODEL)):  # told twice, and a prediction
        await arrived(each)
    assert due == []
    await arrived(delivered(3, replace(MODEL, by=ADA)))
    assert due == [SPLEEN]
    await arrived(delivered(4))
    assert due == [SPLEEN]
    await arrived(delivered(5, Person("Builder^Bob")))
    assert due == [SPLEEN, SPLEEN]
    authors = {each.image: each.author for each in record.state().labels.values()}
    assert authors == {"1.2.1": "ada", "1.2.3": "ada", "1.2.4": "ada", "1.2.5": "Builder^Bob"}


def test_labels_that_others_submitted_are_noted_from_the_server(tmp_path: Path) -> None:
    record = Record(tmp_path / "learning.sqlite")
    found = Version(
        uid="1.3",
        series_uid="1.4",
        study_uid="1.5",
        of="1.2",
        number=1,
        labels=("spleen",),
        author="B^Bob",
        at=NOON,
    )
    label = labelled(found)
    assert label is not None
    for _ in range(2):
        state = note(record, [label], NOON)
    assert [(each.image, each.author) for each in state.labels.values()] == [("1.2", "B^Bob")]
    assert labelled(replace(found, author="", model="segmentation_spleen")) is None
    assert labelled(replace(found, at=None)) is None
