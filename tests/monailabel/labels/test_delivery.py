"""Labels come to a real server as versions: numbered, in order, each once, none overwritten."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.imaging import Algorithm, AsyncDicomWeb, Mask, seg_to_mask
from maia_hub.monailabel.labels.delivery import Delivered, Delivery
from maia_hub.monailabel.labels.outbox import Outbox
from maia_hub.monailabel.labels.versions import versions
from tests.dicom.orthanc import Orthanc
from tests.monailabel.labels.drawing import ADA, BOB, NOON, Image, clock, stored
from tests.waiting import until

pytestmark = pytest.mark.asyncio


async def test_a_label_is_a_version_that_says_who_and_when(
    web: AsyncDicomWeb, outbox: Outbox, image: Image, orthanc: Orthanc, tmp_path: Path
) -> None:
    what = image.by(Algorithm("segmentation_spleen", "3", ADA))
    outbox.keep(what, image.box(), image.folder)
    (done,) = await Delivery(outbox, web).once(clock()[0])
    assert (done.what, done.number, done.repeated) == (what, 1, False)
    assert outbox.kept() == []
    (found,) = await versions(web, image.uid)
    assert (found.number, found.author, found.account, found.model) == (
        1,
        "Lovelace^Ada",
        "ada",
        "segmentation_spleen",
    )
    assert (found.at, found.before, found.uid) == (NOON, "", what.uid)
    fetched = await web.fetch(found.study_uid, found.series_uid, into=tmp_path / "back")
    assert (seg_to_mask(fetched.files[0], of=image.volume).array == image.box().array).all()


async def test_two_radiologists_on_one_image_make_two_versions(
    web: AsyncDicomWeb, outbox: Outbox, image: Image, tmp_path: Path
) -> None:
    first = image.by()
    outbox.keep(first, image.box(), image.folder)
    await Delivery(outbox, web).once(clock()[0])
    both = [image.by(ADA, based_on=first.uid), image.by(BOB, based_on=first.uid)]
    others = Outbox(tmp_path / "another workspace")
    outbox.keep(both[0], image.box(6), image.folder)
    others.keep(both[1], image.box(7), image.folder)
    await asyncio.gather(*(Delivery(each, web).once(clock()[0]) for each in (outbox, others)))
    found = await versions(web, image.uid)
    assert {each.uid for each in found} == {first.uid, *(each.uid for each in both)}
    assert sorted(each.account for each in found[1:]) == ["ada", "bob"]
    assert {each.before for each in found[1:]} == {first.uid}


async def test_versions_count_on_in_the_order_of_submission(
    web: AsyncDicomWeb, outbox: Outbox, image: Image
) -> None:
    whats = [image.by(ADA if n % 2 else BOB) for n in range(5)]
    for n, what in enumerate(whats):
        outbox.keep(what, image.box(n + 1), image.folder)
    await Delivery(outbox, web).once(clock()[0])
    found = await versions(web, image.uid)
    assert [(each.number, each.uid) for each in found] == [(n, each.uid) for n, each in enumerate(whats, 1)]
    assert [each.before for each in found] == ["", *(each.uid for each in whats[:-1])]
    assert len({each.series_uid for each in found}) == 5


async def test_images_that_are_not_here_are_fetched_and_do_not_stay(
    web: AsyncDicomWeb, outbox: Outbox, image: Image, tmp_path: Path
) -> None:
    half = tmp_path / "half"
    half.mkdir()
    (half / "one.dcm").write_bytes(next(image.folder.iterdir()).read_bytes())
    for images in (None, tmp_path / "gone", half):
        outbox.keep(image.by(), image.box(), images)
    assert len(await Delivery(outbox, web).once(clock()[0])) == 3
    assert list((outbox.folder / ".images").iterdir()) == []


async def test_what_the_server_has_already_is_not_sent_again(
    web: AsyncDicomWeb, outbox: Outbox, image: Image, orthanc: Orthanc
) -> None:
    what = image.by()
    for _ in range(2):
        outbox.keep(what, image.box(), image.folder)
        (done,) = await Delivery(outbox, web).once(clock()[0])
    assert (done.repeated, done.number) == (True, 1)
    assert len(await versions(web, image.uid)) == 1


async def test_one_that_is_refused_stays_with_the_reason_and_lets_others_pass(
    web: AsyncDicomWeb, outbox: Outbox, image: Image
) -> None:
    wrong = Mask(image.box().array, image.volume.affine @ np.diag([2.0, 1, 1, 1]))
    outbox.keep(bad := image.by(), wrong, image.folder)
    outbox.keep(good := image.by(), image.box(), image.folder)
    (done,) = await Delivery(outbox, web).once(clock()[0])
    assert done.what == good
    (left,) = outbox.kept()
    assert (left.what.uid, left.fate.refused, left.fate.tries) == (bad.uid, True, 1)
    assert "voxels are not those of the series" in left.fate.why
    assert await Delivery(outbox, web).once(clock()[0]) == []
    outbox.again(bad.uid)
    await Delivery(outbox, web).once(clock()[0])
    assert outbox.one(bad.uid).fate.tries == 2


async def test_a_series_that_waits_keeps_its_order_and_others_go_on(
    web: AsyncDicomWeb, outbox: Outbox, image: Image, orthanc: Orthanc, tmp_path: Path
) -> None:
    now, forward = clock()
    (missing,) = orthanc.rest("series")
    whats = [image.by(), image.by(BOB)]
    for what in whats:
        outbox.keep(what, image.box(), image.folder)
    orthanc.rest(f"series/{missing}", "DELETE")
    other = await asyncio.to_thread(_another, orthanc, tmp_path / "other")
    outbox.keep(other.by(), other.box(), other.folder)
    delivery = Delivery(outbox, web)
    assert [each.what.of for each in await delivery.once(now)] == [other.uid]
    assert [each.fate.tries for each in outbox.kept()] == [1, 0]
    assert "has no such series" in outbox.kept()[0].fate.why
    await web.send(image.folder)
    assert await delivery.once(now) == []
    forward(2)
    assert [each.what for each in await delivery.once(now)] == whats


def _another(orthanc: Orthanc, folder: Path) -> Image:
    from maia_hub.imaging import DicomWeb

    with DicomWeb(orthanc.url, login=orthanc.login) as web:
        return stored(web, folder)


async def test_who_waits_for_labels_is_told_of_each_until_it_has_heard(
    web: AsyncDicomWeb, outbox: Outbox, image: Image
) -> None:
    heard: list[Delivered] = []

    async def arrived(each: Delivered) -> None:
        heard.append(each)
        if len(heard) == 1:
            raise Unavailable("The record is locked.")

    outbox.keep(what := image.by(), image.box(), image.folder)
    now, forward = clock()
    delivery = Delivery(outbox, web, arrived)
    assert await delivery.once(now) == []
    assert "nobody could be told: The record is locked." in outbox.one(what.uid).fate.why
    forward(2)
    assert [each.repeated for each in await delivery.once(now)] == [True]
    assert [each.what for each in heard] == [what, what]


async def test_it_sends_what_comes_while_it_runs(web: AsyncDicomWeb, outbox: Outbox, image: Image) -> None:
    heard: list[Delivered] = []

    async def arrived(each: Delivered) -> None:
        heard.append(each)

    def reached(count: int) -> bool:
        return len(heard) == count

    delivery = Delivery(outbox, web, arrived)
    running = asyncio.create_task(delivery.run())
    try:
        for n in range(1, 4):
            outbox.keep(image.by(), image.box(n), image.folder)
            delivery.wake()
            await until(partial(reached, n), f"label {n}")
    finally:
        running.cancel()
    assert [each.number for each in heard] == [1, 2, 3]


async def test_one_process_sends_at_a_time(web: AsyncDicomWeb, outbox: Outbox, image: Image) -> None:
    outbox.keep(image.by(), image.box(), image.folder)
    with outbox.sending() as ours:
        assert ours
        assert await Delivery(Outbox(outbox.folder), web).once(clock()[0]) == []
    assert len(await Delivery(outbox, web).once(clock()[0])) == 1
