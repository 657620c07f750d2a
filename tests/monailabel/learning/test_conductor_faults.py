"""What goes wrong in a training: it goes on, or is said to have failed, and nothing worse is used."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.monailabel import server
from tests.monailabel.learning.schooling import NAME, School, begun, conducted, settled
from tests.monailabel.school import MODEL, names
from tests.waiting import until

pytestmark = pytest.mark.asyncio
LEARNT, HELD = names(6, held=False), names(1, held=True)
_MOST = 4_000_000


async def test_a_training_goes_on_when_a_server_that_was_killed_is_back(school: School) -> None:
    school.start()
    school.says("hold")
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        training = await begun(conductor)
        await school.kill()
        state = await settled(conductor, lambda state: state.training(training.id).state == "interrupted")
        assert state.training(training.id).why == "MONAI Label ended"
        school.no_more("hold")
        school.start()
        state = await settled(conductor, lambda state: state.used(MODEL))
        assert [each.training for each in state.versions] == [training.id]
        points = conductor.place.progress(training.id).points
        assert [each.step for each in points] == list(range(1, 51))


async def test_one_that_the_session_stops_is_saved_and_goes_on_in_the_next(school: School) -> None:
    school.start()
    school.says("hold")
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        training = await begun(conductor)
        server.stop(NAME)
        await settled(conductor, lambda state: state.training(training.id).state == "interrupted")
        school.no_more("hold")
    school.start()
    async with conducted(school) as conductor:
        state = await settled(conductor, lambda state: state.used(MODEL))
        assert list(state.trainings) == [training.id]


async def test_one_that_runs_on_while_nobody_conducts_is_found_again(school: School) -> None:
    school.start()
    school.says("hold")
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        training = await begun(conductor)
    assert conductor.record.state().training(training.id).state == "interrupted"
    school.no_more("hold")
    async with conducted(school) as conductor:
        state = await settled(conductor, lambda state: state.used(MODEL))
        assert list(state.trainings) == school.asked() == [training.id]


async def test_one_that_fails_says_why_and_is_tried_again_with_new_labels(school: School) -> None:
    school.start()
    school.says("break")
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        state = await settled(conductor, lambda state: any(each.why for each in state.trainings.values()))
        (training,) = state.trainings.values()
        assert (training.state, training.why) == (
            "failed",
            "MONAI Label could not train: RuntimeError: CUDA out of memory",
        )
        school.no_more("break")
        await conductor.drawn("ada")
        assert len(conductor.record.state().trainings) == 1
        school.images.draw(LEARNT[1])
        await conductor.drawn("ada")
        state = await settled(conductor, lambda state: state.used(MODEL))
        assert school.used() == {"images": sorted(LEARNT[:2]), "quality": 4}


async def test_one_that_a_person_stops_stays_so(school: School) -> None:
    school.start()
    school.says("hold")
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        training = await begun(conductor)
        await conductor.stop(training.id, "bob")
        state = await settled(conductor, lambda state: state.running() is None)
        assert (state.training(training.id).state, state.training(training.id).why) == (
            "failed",
            "stopped by bob",
        )
        school.no_more("hold")
        conductor.ask(MODEL, "ada")
        state = await settled(conductor, lambda state: state.used(MODEL))
        assert state.versions[0].training != training.id


async def test_one_that_is_stopped_in_monai_label_waits_for_a_person(school: School) -> None:
    school.start()
    school.says("hold")
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        training = await begun(conductor)
        with school.start().client() as client:
            client.delete("/train/")
        await settled(conductor, lambda state: state.training(training.id).state == "interrupted")
        school.no_more("hold")
        await conductor.drawn("ada")
        assert len(school.asked()) == 1
        conductor.ask(MODEL, "ada")
        state = await settled(conductor, lambda state: state.used(MODEL))
        assert state.versions[0].training == training.id


async def test_what_began_on_a_gpu_waits_for_one_unless_a_person_says_otherwise(school: School) -> None:
    school.device = "cuda"
    school.start()
    school.says("hold")
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        await conductor.drawn("ada")
        training = await begun(conductor)
        await school.kill()
        await settled(conductor, lambda state: state.training(training.id).state == "interrupted")
        school.device = "cpu"
        school.no_more("hold")
        school.start()
        conductor.wake()
        await settled(conductor, lambda state: True)
        assert school.asked() == []
        conductor.ask(MODEL, "ada")
        await settled(conductor, lambda state: state.used(MODEL))


async def test_a_label_that_comes_while_no_server_runs_is_learnt_from_when_it_does(school: School) -> None:
    school.start()
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        (conductor.place.root / "policy.json").write_text('{"after": 2}')
        await conductor.drawn("ada")
        school.images.draw(LEARNT[1])
        await conductor.drawn("ada")
        await settled(conductor, lambda state: state.used(MODEL))
        await school.kill()
        with pytest.raises(Unavailable):
            conductor.ask(MODEL, "ada")


async def test_what_a_full_disk_does_not_take_is_put_in_place_when_there_is_room(school: School) -> None:
    school.start()
    school.says("pad", "x" * _MOST)
    school.images.draw(LEARNT[0])
    async with conducted(school) as conductor:
        with _no_room():
            await conductor.drawn("ada")
            await until(
                lambda: any(
                    "cannot be copied" in each.why for each in conductor.record.state().trainings.values()
                ),
                "the refusal of the disk",
            )
            assert school.used() is None
            assert not list((school.app / "model").glob(".maia-*"))
        state = await settled(conductor, lambda state: state.used(MODEL))
        assert (len(state.trainings), len(school.asked())) == (1, 1)
        assert school.used() is not None


@contextmanager
def _no_room() -> Iterator[None]:
    """Let this process write no file as large as a model."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST // 2, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
