"""A label from the door to a real Orthanc: kept before it is answered, signed by who submits it, sent once.

The Jupyter server, the guard and the image server are real; a few lines stand in MONAI Label's place.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nibabel as nib
import numpy as np
import pytest

from maia_hub.imaging import AsyncDicomWeb, DicomWeb, Mask
from maia_hub.monailabel import ohif, process, server
from maia_hub.monailabel.labels.places import Images, place, places
from maia_hub.monailabel.labels.versions import Version, versions
from maia_hub.monailabel.state import Folder, Wish
from maia_lab.monailabel.guests import GUEST, WORD, Guests
from maia_lab.monailabel.labels import LABELS, Labels
from maia_lab.monailabel.learning import LEARNING
from maia_lab.monailabel.serving import SERVING
from tests.dicom.orthanc import Orthanc
from tests.lab.labelsdoor import NAME, PARAMS, Door
from tests.monailabel import small
from tests.monailabel.labels.drawing import Image, stored
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture
def image(orthanc: Orthanc, tmp_path: Path) -> Image:
    """A series that the server has."""
    with DicomWeb(orthanc.url, login=orthanc.login) as web:
        return stored(web, tmp_path / "ct")


@pytest.fixture
def app(
    orthanc: Orthanc, jp_serverapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The folder of an app that is served, with the images of that server."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    environment = small.environment(tmp_path / "environment")
    monkeypatch.setattr(ohif, "PINNED", small.pinned(environment))
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "main.py").write_text(small.APP)
    settings = {"use_pretrained_model": "false"}
    server.start(
        environment, NAME, Wish(str(folder), settings, orthanc.url, modalities=("CT",), device="cpu")
    )
    yield folder
    known = Folder(NAME).known()
    assert known is not None
    process.end(known.process, Folder(NAME))


@pytest.fixture
def door(
    app: Path,
    orthanc: Orthanc,
    jp_fetch: Any,
    jp_serverapp: Any,
    jp_auth_header: dict[str, str],
    jp_asyncio_loop: Any,
) -> Iterator[Door]:
    labels = _labels(orthanc)
    jp_serverapp.web_app.settings[LABELS] = labels
    found = Door(jp_serverapp, jp_auth_header, labels)
    yield found
    for closing in (
        labels.stop(),
        jp_serverapp.web_app.settings[LEARNING].stop(),
        found.http.aclose(),
        jp_serverapp.web_app.settings[SERVING].http.aclose(),
    ):
        jp_asyncio_loop.run_until_complete(closing)


def _labels(orthanc: Orthanc) -> Labels:
    def connect(images: Images) -> AsyncDicomWeb:
        return AsyncDicomWeb(images.address, login=orthanc.login, attempts=1)

    return Labels(logging.getLogger("test"), connect)


async def there(orthanc: Orthanc, image: Image) -> list[Version]:
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login) as web:
        return await versions(web, image.uid)


async def test_a_label_is_a_version_of_who_submits_it_and_of_nobody_else(
    door: Door, orthanc: Orthanc, image: Image, app: Path
) -> None:
    heard: list[tuple[str, str]] = []

    async def arrived(name: str, delivered: Any) -> None:
        heard.append((name, delivered.what.uid))

    door.labels.arrived.append(arrived)
    program = await door.program()
    answer = await door.submit(image.uid, image.box(), headers=program)
    assert answer.status_code == 200, answer.text
    assert [answer.json()[each] for each in ("image", "seen")] == [image.uid, image.uid]
    await door.none_wait()
    (found,) = await there(orthanc, image)
    me = (await door.http.get(f"{door.url}/open/auth/token/valid", headers=program)).json()["username"]
    assert (found.account, found.author, found.number, found.labels) == (me, me, 1, ("spleen",))
    assert found.uid == answer.json()["version"]
    assert heard == [(NAME, found.uid)]
    assert not list((Folder(NAME).root / "handed").iterdir())
    noted = json.loads((app / "labels" / "final" / f"{image.uid}.json").read_text())
    assert noted["person"] == me
    (shown,) = (await door.http.get(f"{door.url}/labels", params={"image": image.uid})).json()["versions"]
    assert (shown["uid"], shown["author"], shown["number"]) == (found.uid, me, 1)


async def test_a_guests_label_is_signed_with_her_name_and_no_other_and_names_no_file(
    door: Door, orthanc: Orthanc, image: Image, jp_serverapp: Any
) -> None:
    words: dict[str, str] = {}

    async def tell(name: str, word: str) -> None:
        words[name] = word

    serving = jp_serverapp.web_app.settings[SERVING]
    serving.guests = Guests(serving.address, tell)
    await serving.guests.tell(NAME)
    guest = {WORD: words[NAME], GUEST: "eva", "X-Maia-Person": "alice"}
    said = {**PARAMS, "person": "alice", "user": "alice", "author": "alice"}
    answer = await door.submit(image.uid, image.box(), said, guest)
    assert answer.status_code == 200, answer.text
    await door.none_wait()
    (found,) = await there(orthanc, image)
    assert (found.account, found.author) == ("eva", "eva")
    for name, params in (("a.mha", PARAMS), ("a.nii", {**PARAMS, "near": "/etc"})):
        refused = await door.http.put(
            f"{door.url}/open/datastore/label",
            params={"image": image.uid},
            files={"label": (name, b"ElementDataFile = /etc/passwd")},
            data={"params": json.dumps(params)},
            headers=guest,
        )
        assert refused.status_code == 403
    assert not list((Folder(NAME).root / "handed").iterdir())


async def test_each_submission_is_a_version_of_its_own(door: Door, orthanc: Orthanc, image: Image) -> None:
    answers = await asyncio.gather(*(door.submit(image.uid, image.box(n)) for n in (1, 5, 9)))
    assert [each.status_code for each in answers] == [200, 200, 200]
    await door.none_wait()
    found = await there(orthanc, image)
    assert [each.number for each in found] == [1, 2, 3]
    assert {each.uid for each in found} == {each.json()["version"] for each in answers}


@pytest.mark.parametrize(
    ("value", "info", "words"),
    [
        (0, [{"name": "spleen", "idx": 1}], "nothing is marked"),
        (1, [], "not said what 1 of the label stand for"),
        (1, [{"name": "splen", "idx": 1}], "No code of SNOMED CT is known"),
        (2, [{"name": "liver", "idx": 2}, {"name": "spleen", "idx": 3}], "not clear which number"),
    ],
    ids=["empty", "nameless", "unknown", "ambiguous"],
)
async def test_what_is_no_label_is_refused_in_words_and_nothing_of_it_stays(
    door: Door, image: Image, app: Path, value: int, info: list[Any], words: str
) -> None:
    mask = Mask((image.box().array * value).astype(np.uint8), image.volume.affine)
    answer = await door.submit(image.uid, mask, {"label_info": info})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert await door.waiting() == []
    assert not list((Folder(NAME).root / "handed").iterdir())
    assert not (app / "labels" / "final").exists()


async def test_an_image_that_is_no_series_and_a_file_that_is_no_label_are_refused(
    door: Door, image: Image
) -> None:
    answer = await door.submit("../../etc", image.box())
    assert (answer.status_code, "by its UID" in answer.text) == (422, True)
    answer = await door.http.put(
        f"{door.url}/open/datastore/label",
        params={"image": image.uid},
        files={"label": ("drawn.nii", b"nothing")},
        data={"params": json.dumps(PARAMS)},
    )
    assert (answer.status_code, "cannot be read as NIfTI" in answer.text) == (422, True)


async def test_what_is_submitted_while_the_server_is_away_waits_and_is_sent_once(
    door: Door, orthanc: Orthanc, image: Image
) -> None:
    orthanc.stop(by=signal.SIGKILL)
    try:
        answer = await door.submit(image.uid, image.box())
        assert answer.status_code == 200
        uid = answer.json()["version"]
        await until(lambda: door.labels.outbox(NAME).one(uid).fate.tries, "it was tried")
        (waits,) = await door.waiting()
        assert (waits["uid"], waits["image"], waits["state"]) == (uid, image.uid, "waiting")
        assert "does not answer" in waits["why"]
    finally:
        orthanc.start()
    again = await door.http.post(f"{door.url}/labels/{uid}/again")
    assert again.status_code == 202
    await door.none_wait()
    assert [each.uid for each in await there(orthanc, image)] == [uid]
    assert (await door.http.post(f"{door.url}/labels/{uid}/again")).status_code == 404


async def test_a_new_jupyter_server_goes_on_with_what_waits_and_with_what_was_handed_over(
    door: Door, orthanc: Orthanc, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.labels.stop()
    monkeypatch.setattr(door.labels, "_wake", lambda _: None)  # as one that is killed at that moment
    kept = (await door.submit(image.uid, image.box(1))).json()["version"]
    monkeypatch.setattr(door.labels, "keep", _killed)
    assert (await door.submit(image.uid, image.box(5))).status_code == 500
    (handed,) = place(NAME).handed.uids()
    for _ in range(2):
        labels = _labels(orthanc)
        await labels.start()
        await until(lambda: not any(each.outbox.kept() for each in places()), "all labels are there")
        await labels.stop()
    assert {each.uid for each in await there(orthanc, image)} == {kept, handed}
    assert place(NAME).handed.uids() == []


async def _killed(*_: str) -> None:
    raise RuntimeError("killed")


async def test_one_that_was_refused_says_why_until_it_is_given_up(door: Door, image: Image) -> None:
    wrong = Mask(image.box().array, image.volume.affine @ np.diag([2.0, 1, 1, 1]))
    uid = (await door.submit(image.uid, wrong)).json()["version"]
    await until(lambda: door.labels.outbox(NAME).one(uid).fate.refused, "it was refused")
    (refused,) = await door.waiting()
    assert refused["state"] == "refused"
    assert "voxels are not those of the series" in refused["why"]
    for status in (204, 404):
        assert (await door.http.delete(f"{door.url}/labels/{uid}")).status_code == status
    assert await door.waiting() == []


async def test_a_prediction_is_no_final_label_by_itself(door: Door, image: Image) -> None:
    nib.nifti1.save(image.box().to_nifti(), image.folder.parent / "predicted.nii.gz")
    predicted = str(image.folder.parent / "predicted.nii.gz")
    answer = await door.http.post(
        f"{door.url}/open/infer/spleen", params={"image": image.uid, "file": predicted, "label_tag": "final"}
    )
    assert (answer.status_code, "when a person submits it" in answer.text) == (422, True)
    answer = await door.http.post(
        f"{door.url}/open/infer/spleen",
        params={"image": image.uid, "file": predicted, "label_tag": "original"},
    )
    assert answer.status_code == 200


async def test_nobody_else_is_told_of_labels(door: Door) -> None:
    async with httpx.AsyncClient(trust_env=False) as anybody:
        for method, path in (("GET", "labels"), ("POST", "labels/1.2/again"), ("DELETE", "labels/1.2")):
            assert (await anybody.request(method, f"{door.url}/{path}")).status_code == 403
    assert (await door.http.post(f"{door.url}/open/maia/handed/2.25.1")).status_code == 404


async def test_a_disk_that_is_full_is_told_and_keeps_nothing_half(
    door: Door, image: Image, tmp_path: Path
) -> None:
    handed = Folder(NAME).root / "handed"
    handed.parent.joinpath("handed").symlink_to("/dev/full")
    answer = await door.submit(image.uid, image.box())
    assert answer.status_code == 507
    assert "It is still where it was drawn" in answer.json()["detail"]
    handed.unlink()
    assert (await door.submit(image.uid, image.box())).status_code == 200
