"""What MONAI Label's process hands over is kept once, with the names that its numbers can only have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.imaging import Person, read_series
from maia_hub.monailabel.labels.handed import PLATFORM, Handed, named
from maia_hub.monailabel.labels.outbox import Outbox
from tests.dicom import series
from tests.monailabel.labels.drawing import NOON, Image

UID = "2.25.1234"
WHERE = "https://pacs.example/dicom-web"
BOTH = [{"name": "liver", "idx": 1}, {"name": "spleen", "idx": 2}]
LEFT_OUT = [{"name": "liver", "idx": 2}, {"name": "spleen", "idx": 3}]
"""What 3D Slicer's plug-in sends when it leaves a background out: the mask's numbers are 1 and 2."""


@pytest.fixture
def image(tmp_path: Path) -> Image:
    series.write(tmp_path / "ct")
    return Image(read_series(tmp_path / "ct"), tmp_path / "ct")


def hand(folder: Path, image: Image, uid: str = UID, **said: Any) -> Handed:
    """Hand a label over as the guard does."""
    entry = folder / uid
    entry.mkdir(parents=True)
    image.box().to_nifti().to_filename(entry / "mask.nii.gz")
    told = {
        "of": image.uid,
        "near": str(image.folder),
        "images": WHERE,
        "person": "ada",
        "at": NOON.isoformat(),
        "info": {"label_info": [{"name": "spleen", "idx": 1}]},
    }
    (entry / "said.json").write_text(json.dumps({**told, **said}))
    return Handed(folder)


def test_it_is_kept_with_who_submitted_it_and_when(image: Image, outbox: Outbox, tmp_path: Path) -> None:
    handed = hand(tmp_path / "handed", image)
    for _ in range(2):
        kept = handed.keep(UID, outbox)
        assert (kept.what.uid, kept.what.of, kept.what.author) == (
            UID,
            image.uid,
            Person("ada", "ada", PLATFORM),
        )
        assert (kept.what.at, kept.what.tool, kept.images) == (NOON, "0.8.5", str(image.folder))
    assert [each.what.uid for each in outbox.kept()] == [UID]
    assert handed.uids() == [UID]
    handed.let_go(UID)
    with pytest.raises(NotFound):
        handed.keep(UID, outbox)


def test_what_was_left_behind_is_swept_up_for_its_own_image_server(
    image: Image, outbox: Outbox, tmp_path: Path
) -> None:
    folder = tmp_path / "handed"
    hand(folder, image)
    hand(folder, image, "2.25.2", images="https://other.example/dicom-web")
    hand(folder, image, "2.25.3", info={})
    handed = hand(folder, image, "2.25.4", at="no time")
    (folder / ".part-2.25.5").mkdir()
    assert [each.what.uid for each in handed.sweep(outbox, WHERE)] == [UID]
    assert set(handed.uids()) == {"2.25.2", "2.25.3", "2.25.4"}
    assert handed.sweep(outbox, WHERE) == []


@pytest.mark.parametrize("uid", ["../2.25.1", "2.25.1/..", "1.2.3", ""])
def test_a_name_that_leads_elsewhere_is_not_found(uid: str, outbox: Outbox, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Handed(tmp_path).keep(uid, outbox)
    Handed(tmp_path).let_go(uid)
    assert tmp_path.is_dir()


@pytest.mark.parametrize(
    ("values", "info", "names"),
    [
        ([1, 2], BOTH, {1: "liver", 2: "spleen"}),
        ([2], BOTH, {2: "spleen"}),
        ([1, 2], LEFT_OUT, {1: "liver", 2: "spleen"}),
        ([3], LEFT_OUT, {3: "spleen"}),
        ([5], [{"name": "liver", "idx": 5}], {5: "liver"}),
        ([1], [{"name": "liver"}], {1: "liver"}),
    ],
)
def test_numbers_have_the_names_that_were_sent(
    values: list[int], info: list[Any], names: dict[int, str]
) -> None:
    assert named(values, info) == names


@pytest.mark.parametrize(
    ("values", "info"),
    [([2], LEFT_OUT), ([3], BOTH), ([1], None), ([1], "liver"), ([1], [{"name": " "}]), ([1], [7])],
)
def test_a_name_that_is_not_certain_is_not_guessed(values: list[int], info: object) -> None:
    with pytest.raises(InvalidInput):
        named(values, info)
