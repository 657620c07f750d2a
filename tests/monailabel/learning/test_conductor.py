"""A label that arrives becomes a training, a training a version, and the better version is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import Conflict, InProgress, InvalidInput, NotFound
from maia_hub.monailabel.learning.shown import shown
from tests.monailabel.learning.schooling import School, begun, conducted, settled
from tests.monailabel.school import MODEL, names
from tests.runs import file_store

pytest.importorskip("mlflow")
pytestmark = pytest.mark.asyncio
LEARNT, HELD = names(6, held=False), names(1, held=True)


async def test_labels_become_a_version_that_is_scored_tracked_and_used(
    school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Any = file_store(tmp_path, monkeypatch)
    school.start()
    school.says("hold")
    for image in (*LEARNT[:2], *HELD):
        school.images.draw(image)
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        training = await begun(conductor)
        assert school.used() is None  # what is not a version yet is not used
        with pytest.raises(InProgress):
            conductor.ask(MODEL, "ada")
        school.no_more("hold")
        state = await settled(conductor, lambda state: state.used(MODEL))
        assert school.used() == {"images": sorted(LEARNT[:2]), "quality": 4}
        (version,) = state.versions
        assert (version.training, version.score) == (training.id, 2 * 4 / (4 + 8))
        all_shown = shown(state, conductor.place, [MODEL])
        with pytest.raises(Conflict, match="learnt from these labels"):
            conductor.ask(MODEL, "ada")
    (model,) = all_shown["models"]
    (made,) = model["versions"]
    assert (model["used"], model["waits_for"], model["training"]) == (1, "no new labels", None)
    assert (made["authors"], made["labels"], made["held_out"], made["why"]) == (
        ["ada"],
        2,
        1,
        "it is the first",
    )
    assert {each["image"] for each in all_shown["labels"] if each["held_out"]} == set(HELD)
    run = store.get_run(made["run"]["run"])
    assert (run.info.status, run.data.tags["maia.version"]) == ("FINISHED", "1")
    assert run.data.metrics["held_out_dice"] == pytest.approx(version.score)
    assert len(store.get_metric_history(run.info.run_id, "loss")) == 50
    assert [each.path for each in store.list_artifacts(run.info.run_id, "model")] == [
        f"model/{training.id}.pt"
    ]


async def test_a_worse_version_is_used_only_when_a_person_says_so(school: School) -> None:
    school.start()
    school.says("quality", "6")
    for image in (LEARNT[0], *HELD):
        school.images.draw(image)
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        await settled(conductor, lambda state: len(state.versions) == 1)
        school.says("quality", "3")
        school.images.draw(LEARNT[1])
        await conductor.drawn("bob")
        state = await settled(conductor, lambda state: len(state.versions) == 2)
        assert [round(each.score or 0, 3) for each in state.versions] == [0.857, 0.545]
        assert school.used() == {"images": [LEARNT[0]], "quality": 6}
        await conductor.promote(MODEL, 2, "ada", "finds the small ones")
        assert school.used()["quality"] == 3
        await conductor.promote(MODEL, 1, "ada", "")
        assert school.used()["quality"] == 6
        await conductor.promote(MODEL, 0, "ada", "as it came")
        assert school.used() is None
        with pytest.raises(NotFound):
            await conductor.promote(MODEL, 7, "ada", "")
        school.says("quality", "8")
        school.images.draw(LEARNT[2])
        await conductor.drawn("ada")
        state = await settled(conductor, lambda state: len(state.versions) == 3)
        assert (state.versions[2].score, school.used()) == (1.0, {"images": sorted(LEARNT[:3]), "quality": 8})


async def test_a_model_that_came_with_weights_is_a_rival_and_is_kept(school: School) -> None:
    (school.app / "model").mkdir()
    weights = school.app / "model" / f"{MODEL}.pt"
    weights.write_text(json.dumps({"quality": 7}))
    school.start()
    for image in (LEARNT[0], *HELD):
        school.images.draw(image)
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        state = await settled(conductor, lambda state: len(state.versions) == 1)
        assert state.used(MODEL) is None
        assert school.used() == {"quality": 7}
        await conductor.promote(MODEL, 1, "ada", "")
        assert school.used() == {"images": [LEARNT[0]], "quality": 4}
        await conductor.promote(MODEL, 0, "ada", "")
        assert school.used() == {"quality": 7}


async def test_labels_that_come_meanwhile_are_learnt_from_after_that_once(school: School) -> None:
    school.start()
    school.says("hold")
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor, conducted(school) as other:
        await conductor.drawn("ada")
        await begun(conductor)
        for image in LEARNT[1:3]:
            school.images.draw(image)
            await conductor.drawn("ada")
            await other.drawn("bob")
        assert len(school.asked()) == 1
        school.no_more("hold")
        state = await settled(conductor, lambda state: len(state.versions) == 2)
        await settled(other, lambda state: state.running() is None)
        assert [len(each.train.labels) for each in state.trainings.values()] == [1, 3]
        assert school.asked() == list(state.trainings)


async def test_rules_that_cannot_be_read_are_said_and_nothing_is_trained(school: School) -> None:
    school.start()
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        (conductor.place.root / "policy.json").write_text('{"after": 0}')
        await conductor.drawn("ada")
        with pytest.raises(InvalidInput, match="one new label or more"):
            conductor.ask(MODEL, "ada")
        told = shown(conductor.record.state(), conductor.place, [MODEL])
        assert "one new label or more" in told["models"][0]["waits_for"]
        (conductor.place.root / "policy.json").write_text('{"after": 2, "parameters": {"max_epochs": 3}}')
        conductor.wake()
        told = shown(conductor.record.state(), conductor.place, [MODEL])
        assert told["models"][0]["waits_for"] == "1 of 2 new labels"
        conductor.ask(MODEL, "ada")
        state = await settled(conductor, lambda state: state.versions)
        assert len(conductor.place.progress(state.versions[0].training).points) == 3
        for reserved in ("name", "maia", "device"):
            with pytest.raises(InvalidInput, match="not to be given"):
                conductor.ask(MODEL, "ada", {reserved: "x"})
