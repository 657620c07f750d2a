"""A submission is one segmentation object: signed, coded, numbered, after the one before it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub import __version__
from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import Algorithm, Mask, Person, read_series, seg_to_mask
from maia_hub.imaging.labels import Author
from maia_hub.monailabel.labels.objects import Before, encoded
from maia_hub.monailabel.labels.submissions import SUBMISSION, submission
from maia_hub.monailabel.labels.versions import version
from tests.dicom import series
from tests.imaging.made import valid
from tests.monailabel.labels.drawing import ADA, NOON, Image

MODEL = Algorithm("segmentation_spleen", "3")


@pytest.fixture
def image(tmp_path: Path) -> Image:
    series.write(tmp_path / "ct")
    return Image(read_series(tmp_path / "ct"), tmp_path / "ct")


@pytest.mark.parametrize(
    ("author", "name", "account", "how"),
    [
        (ADA, "Lovelace^Ada", "ada", "MANUAL"),
        (MODEL, "", "", "AUTOMATIC"),
        (Algorithm("segmentation_spleen", "3", ADA), "Lovelace^Ada", "ada", "SEMIAUTOMATIC"),
    ],
    ids=["person", "model", "correction"],
)
def test_it_says_who_and_from_which_model(
    image: Image, tmp_path: Path, author: Author, name: str, account: str, how: str
) -> None:
    what = image.by(author)
    made = encoded(image.box(), image.folder, what, 7, Before("1.2.3", "1.2.4"))
    made.save_as(tmp_path / "seg.dcm", enforce_file_format=True)
    valid(tmp_path / "seg.dcm")
    assert made.SegmentSequence[0].SegmentAlgorithmType == how
    found = version(made.to_json_dict())
    assert found is not None
    assert (found.uid, found.series_uid, found.of, found.number) == (what.uid, what.series_uid, image.uid, 7)
    assert (found.author, found.account, found.by_a_person) == (name, account, bool(name))
    assert (found.model, found.model_version) == (("", "") if author is ADA else ("segmentation_spleen", "3"))
    assert (found.at, found.before, found.labels) == (NOON, "1.2.3", ("spleen",))
    assert (found.tool, found.software) == ("0.8.5", __version__)
    assert made.SeriesDescription == "spleen, version 7"
    assert (seg_to_mask(made, of=image.volume).array == image.box().array).all()


def test_a_long_account_and_a_hostile_name_make_a_valid_object(image: Image, tmp_path: Path) -> None:
    what = image.by(Person("Robert\\'); =DROP\n^\x00", "someone.with.a.long.name@hospital.example", "H\\I"))
    made = encoded(image.box(), image.folder, what, 1)
    made.save_as(tmp_path / "seg.dcm", enforce_file_format=True)
    valid(tmp_path / "seg.dcm")
    found = version(made.to_json_dict())
    assert found is not None
    assert (found.author, found.account) == ("Robert '); DROP ^", "someone.with.a.long.name@hospital.example")


def test_many_labels_leave_room_for_the_version(image: Image) -> None:
    names = {n: f"{side} {organ}" for n, (side, organ) in enumerate(
        [(s, o) for o in ("kidney", "lung", "femur") for s in ("left", "right")], 1
    )}  # fmt: skip
    what = submission(image.uid, names, ADA, at=NOON)
    made = encoded(image.box(number=3), image.folder, what, 12)
    assert len(made.SeriesDescription) == 64
    assert made.SeriesDescription.endswith(", version 12")


def test_a_label_of_another_series_is_refused(image: Image) -> None:
    what = submission("1.2.3", {1: "spleen"}, ADA, at=NOON)
    with pytest.raises(InvalidInput, match="for another series"):
        encoded(image.box(), image.folder, what, 1)


@pytest.mark.parametrize(
    ("of", "when"), [("no uid", NOON), ("1.2.3", NOON.replace(tzinfo=None))], ids=["uid", "zone"]
)
def test_what_is_no_submission_is_refused(of: str, when: object) -> None:
    with pytest.raises(InvalidInput):
        submission(of, {1: "spleen"}, ADA, at=when)  # type: ignore[arg-type]


def test_an_object_that_names_no_series_is_no_version(image: Image) -> None:
    made = encoded(image.box(), image.folder, image.by(), 1)
    del made.ReferencedSeriesSequence
    assert version(made.to_json_dict()) is None
    assert version({"00081115": {"Value": ["nonsense"]}, "00700080": 7}) is None


def test_numbers_of_a_mask_stay(image: Image) -> None:
    array = np.zeros(image.volume.shape, np.uint16)
    array[3:6, 3:6, 1], array[9:12, 9:12, 2] = 2, 40
    what = submission(image.uid, {2: "liver", 40: "left kidney"}, ADA, at=NOON)
    made = encoded(Mask(array, image.volume.affine), image.volume, what, 1)
    assert (seg_to_mask(made, of=image.volume).array == array).all()


PEOPLE = st.builds(Person, st.text(max_size=20), st.text(max_size=20), st.text(min_size=1, max_size=20))
AUTHORS = PEOPLE | st.builds(Algorithm, st.text(max_size=20), st.text(max_size=20), st.none() | PEOPLE)


@given(author=AUTHORS, later=st.timedeltas(timedelta(0), timedelta(days=900)))
def test_what_is_kept_of_a_submission_comes_back(author: Author, later: timedelta) -> None:
    what = submission("1.2.3", {1: "left kidney", 2: "tumor"}, author, at=NOON + later, based_on="1.2.9")
    assert SUBMISSION.validate_json(SUBMISSION.dump_json(what)) == what
