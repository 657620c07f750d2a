"""Masks as segmentation objects and back: the same numbers, with what they stand for."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.sr.codedict import codes

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import (
    ORGANS,
    Algorithm,
    BadImage,
    Code,
    Label,
    Mask,
    Person,
    Volume,
    mask_to_seg,
    read_series,
    seg_to_mask,
)
from tests.imaging.made import series, valid

LABELS: dict[int, Label | str] = {
    3: "liver",
    7: Label("left kidney", color=(250, 30, 10)),
    300: "my own thing",
}
ADA = Person("Lovelace^Ada")


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    series(tmp_path / "ct", count=6)
    return read_series(tmp_path / "ct")


def numbers(shape: tuple[int, ...]) -> NDArray[np.uint16]:
    """Return a mask with empty slices at both ends."""
    made = np.random.default_rng(5).choice(np.array([0, 0, 3, 7, 300], np.uint16), shape)
    made[:, :, [0, 3, -1]] = 0
    return made


@pytest.mark.parametrize("kind", ["binary", "labelmap"])
def test_numbers_and_names_come_back(volume: Volume, tmp_path: Path, kind: str) -> None:
    mask = numbers(volume.shape)
    file = tmp_path / "seg.dcm"
    mask_to_seg(mask, volume, LABELS, author=Algorithm("unet", "1.2"), kind=kind, into=file)  # type: ignore[arg-type]
    back = seg_to_mask(file, of=volume)
    assert (back.array == mask).all()
    assert np.allclose(back.affine, volume.affine)
    assert {value: label.name for value, label in back.labels.items()} == {
        3: "liver",
        7: "left kidney",
        300: "my own thing",
    }
    assert back.labels[3] == ORGANS["liver"]
    assert back.labels[7].color is not None
    assert np.abs(np.subtract(back.labels[7].color, (250, 30, 10))).max() <= 2
    valid(file, labelmap=kind == "labelmap")
    written = pydicom.dcmread(file)
    assert written.PatientID == "P1"
    assert written.SegmentSequence[-1].SegmentAlgorithmType == "AUTOMATIC"
    assert len(list(tmp_path.glob(".*"))) == 0


def test_a_folder_and_a_person_do_as_well(volume: Volume, tmp_path: Path) -> None:
    made = mask_to_seg(numbers(volume.shape) > 0, tmp_path / "ct", {1: "right_lung"}, author=ADA)
    assert made.ContentCreatorName == "Lovelace^Ada"
    segment = made.SegmentSequence[0]
    kind = segment.SegmentedPropertyTypeCodeSequence[0]
    assert (segment.SegmentAlgorithmType, kind.CodeValue) == ("MANUAL", "39607008")
    assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Right"
    assert seg_to_mask(made, of=volume).labels[1].side == Code("24028007", "Right")


def test_a_mask_turned_in_any_way_is_the_same_mask(volume: Volume) -> None:
    mask = numbers(volume.shape)
    for axes, flips in product(permutations(range(3)), product((False, True), repeat=3)):
        affine = volume.affine[:, [*axes, 3]]
        turned = mask.transpose(axes)
        for axis, flip in enumerate(flips):
            if flip:
                affine[:3, 3] += affine[:3, axis] * (turned.shape[axis] - 1)
                affine[:3, axis] *= -1
                turned = np.flip(turned, axis)
        seg = mask_to_seg(Mask(turned, affine), volume, LABELS, author=ADA)
        assert (seg_to_mask(seg, of=volume).array == mask).all()


def test_without_its_series_a_segmentation_reaches_as_far_as_its_frames(volume: Volume) -> None:
    mask = numbers(volume.shape)
    back = seg_to_mask(mask_to_seg(mask, volume, LABELS, author=ADA))
    assert (back.array == mask[:, :, 1:-1]).all()
    assert np.allclose(back.affine[:3, 3], (volume.affine @ [0, 0, 1, 1])[:3])


def test_a_part_of_the_volume_is_put_where_it_belongs(volume: Volume) -> None:
    mask = numbers(volume.shape)
    affine = volume.affine.copy()
    affine[:3, 3] = (volume.affine @ [2, 1, 1, 1])[:3]
    seg = mask_to_seg(Mask(mask[2:7, 1:5, 1:4], affine), volume, LABELS, author=ADA)
    back = seg_to_mask(seg, of=volume).array
    assert (back[2:7, 1:5, 1:4] == mask[2:7, 1:5, 1:4]).all()
    assert np.count_nonzero(back) == np.count_nonzero(mask[2:7, 1:5, 1:4])


def test_segments_may_be_taken_one_by_one(volume: Volume) -> None:
    mask = numbers(volume.shape)
    seg = mask_to_seg(mask, volume, LABELS, author=ADA)
    liver = seg_to_mask(seg, of=volume, segments=["liver"])
    assert (liver.array == np.where(mask == 3, 3, 0)).all()
    with pytest.raises(InvalidInput, match="no such segments"):
        seg_to_mask(seg, segments=["heart"])


def test_overlapping_segments_are_refused_by_name(volume: Volume) -> None:
    mask = np.zeros(volume.shape, np.uint8)
    mask[:4, :4, 2], mask[4:6, :4, 2] = 1, 2
    seg = mask_to_seg(mask, volume, {1: "liver", 2: "tumor"}, author=ADA)
    frames = seg.pixel_array.copy()
    frames[0] |= frames[1]
    seg.PixelData = np.packbits(frames.ravel(), bitorder="little").tobytes()
    with pytest.raises(InvalidInput, match="liver and tumor overlap"):
        seg_to_mask(pydicom.Dataset(seg), of=volume)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((8, 6, 6)), "empty"),
        (np.full((8, 6, 6), 0.5), "not 0.5 as at voxel"),
        (np.full((8, 6, 6), np.nan), "whole numbers from 0"),
        (np.full((8, 6, 6), -1), "whole numbers from 0"),
        (np.full((6, 8, 6), 3), "has the axes of the series"),
        (np.full((8, 6, 6), 4), "holds 4, which no label stands for"),
    ],
)
def test_what_is_no_mask_is_refused(volume: Volume, values: NDArray[np.generic], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        mask_to_seg(values, volume, LABELS, author=ADA)


def test_a_mask_of_other_voxels_is_refused(volume: Volume) -> None:
    mask = numbers(volume.shape)
    for change in (
        np.diag([2.0, 1, 1, 1]),
        np.array([[1, 0.1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]),
    ):
        with pytest.raises(InvalidInput, match="voxels are not those of the series"):
            mask_to_seg(Mask(mask, volume.affine @ change), volume, LABELS, author=ADA)
    far = volume.affine.copy()
    far[:3, 3] += volume.affine[:3, 2] * 4
    with pytest.raises(InvalidInput, match="outside of the series"):
        mask_to_seg(Mask(mask, far), volume, LABELS, author=ADA)


def test_names_in_an_unknown_character_set_are_not_passed_on(tmp_path: Path) -> None:
    series(tmp_path, change=lambda _, each: setattr(each, "SpecificCharacterSet", "ISO_IR 101"))
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes().replace(b"ISO_IR 101", b"ISO_IR 999"))
    volume = read_series(tmp_path)
    with pytest.raises(BadImage, match="nothing is known of the character set 'ISO_IR 999'") as caught:
        mask_to_seg(np.ones(volume.shape), volume, {1: "liver"}, author=ADA)
    assert caught.value.details["tag"] == "SpecificCharacterSet (0008,0005)"


def test_what_is_no_segmentation_is_refused(tmp_path: Path) -> None:
    series(tmp_path)
    with pytest.raises(BadImage, match="no segmentation object"):
        seg_to_mask(next(tmp_path.iterdir()))


def test_the_codes_are_those_of_snomed() -> None:
    known = {code.value for name in codes.SCT.dir() if (code := getattr(codes.SCT, name))}
    used = {
        code.value for label in ORGANS.values() for code in (label.kind, label.category, label.side) if code
    }
    assert used <= known
