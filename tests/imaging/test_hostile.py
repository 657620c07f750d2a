"""Files that are broken, or made to do harm: refused in words, quickly, and nothing is written."""

from __future__ import annotations

import random
import resource
import struct
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEG2000Lossless

from maia_hub.core.errors import MaiaError, NotFound
from maia_hub.imaging import BadImage, Person, dicom_to_nifti, mask_to_rtstruct, mask_to_seg, read_series
from maia_hub.imaging.reading import read
from tests.imaging.made import ct, series, shades, valid


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """The file of one image."""
    path = tmp_path / "d" / "one.dcm"
    path.parent.mkdir()
    ct(1, shades((64, 64)), (0, 0, 0)).save_as(path, enforce_file_format=True)
    return path


def element(group: int, number: int, kind: bytes, length: int) -> bytes:
    """Return the head of an element whose length takes four bytes."""
    return struct.pack("<HH2sHI", group, number, kind, 0, length)


def test_a_file_that_ends_anywhere_is_refused(one: Path) -> None:
    whole = one.read_bytes()
    chance = random.Random(11)
    cuts = [*range(0, 200, 9), *(chance.randrange(len(whole)) for _ in range(200))]
    for cut in cuts:
        one.write_bytes(whole[:cut])
        with pytest.raises(MaiaError):
            read_series(one.parent)
    one.write_bytes(whole[:-10])
    with pytest.raises(
        BadImage, match="truncated: it should hold 8,192 bytes of pixels and holds 8,182"
    ) as caught:
        dicom_to_nifti(one.parent, one.parent / "n")
    assert caught.value.details["file"] == str(one)


def test_bytes_that_were_changed_are_refused_or_harmless(one: Path) -> None:
    whole = one.read_bytes()
    chance = random.Random(12)
    for _ in range(300):
        spoiled = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            spoiled[chance.randrange(len(whole) - 8192)] = chance.randrange(256)
        one.write_bytes(spoiled)
        with suppress(MaiaError):
            assert np.isfinite(read_series(one.parent).affine).all()


def test_what_is_named_like_dicom_and_is_none_is_refused(one: Path) -> None:
    one.write_bytes(b"%PDF-1.7 " * 100)
    with pytest.raises(BadImage, match=r"one.dcm: it is no DICOM in spite of its name"):
        read_series(one.parent)


def test_dicom_under_another_name_is_dicom(one: Path) -> None:
    one.rename(one.with_name("holiday.jpg"))
    assert read_series(one.parent).shape == (64, 64, 1)


def test_other_files_beside_are_passed_over(one: Path) -> None:
    (one.parent / "notes.txt").write_text("x" * 500)
    (one.parent / ".DS_Store").write_bytes(b"\0" * 500)
    (one.parent / "DICOMDIR").write_bytes(b"index")
    assert read_series(one.parent).shape == (64, 64, 1)


@pytest.mark.parametrize(
    "tail",
    [
        element(0x7FE0, 0x10, b"OW", 2_000_000_000) + b"\0" * 100,
        element(0x0009, 0x1010, b"OB", 2_000_000_000) + b"\0" * 100,
        element(0x0040, 0xA730, b"SQ", 2_000_000_000) + b"\0" * 100,
        (element(0x0040, 0xA730, b"SQ", 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)) * 5000,
    ],
    ids=["pixels", "private", "sequence", "nested"],
)
def test_a_small_file_that_claims_gigabytes_takes_no_memory(one: Path, tail: bytes) -> None:
    dataset = pydicom.dcmread(one)
    del dataset.PixelData
    dataset.Rows = dataset.Columns = 31622
    dataset.save_as(one, enforce_file_format=True)
    one.write_bytes(one.read_bytes() + tail)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MaiaError):
        read_series(one.parent)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "KiB"


def test_compressed_pixels_that_claim_far_more_than_they_hold_are_refused(one: Path) -> None:
    dataset = pydicom.dcmread(one)
    dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
    dataset.Rows = dataset.Columns = 65535
    dataset.save_as(one, enforce_file_format=True)
    with pytest.raises(BadImage, match=r"claims 8,589,672,450 bytes of pixels and is a file of") as caught:
        read_series(one.parent)
    assert caught.value.details["fault"] == "too-large"


def test_a_deflated_bomb_is_not_unpacked(one: Path) -> None:
    dataset = pydicom.dcmread(one)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(one, enforce_file_format=True)
    head = one.read_bytes()[: 144 + pydicom.dcmread(one).file_meta.FileMetaInformationGroupLength]
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b"".join(packer.compress(bytes(1 << 24)) for _ in range(65)) + packer.flush()
    one.write_bytes(head + packed)
    with pytest.raises(BadImage, match="unpacks to more than"):
        read_series(one.parent)


@pytest.mark.parametrize(
    "charset",
    [b"ISO_IR 999", b"\\\\\\\\\\\\", b"utf-8;rm -rf", b"ISO 2022 IR 87\\UNKNOWN  ", b"\xff\xfe\xff\xfe"],
)
def test_character_sets_that_nobody_knows_hide_no_names(tmp_path: Path, charset: bytes) -> None:
    series(tmp_path, change=lambda _, each: setattr(each, "SpecificCharacterSet", "ISO_IR 192"))
    wanted = charset + b" " * (len(charset) % 2)
    for path in tmp_path.iterdir():
        data = path.read_bytes().replace(
            b"CS\x0a\x00ISO_IR 192", b"CS" + struct.pack("<H", len(wanted)) + wanted
        )
        path.write_bytes(data)
    volume = read_series(tmp_path)
    assert dicom_to_nifti(tmp_path, tmp_path / "n")[0].shape == volume.shape
    mask = np.ones(volume.shape, np.uint8)
    if charset.strip(b"\\"):
        with pytest.raises(BadImage) as caught:
            mask_to_seg(mask, volume, author=Person("a"))
        assert caught.value.details["tag"] == "SpecificCharacterSet (0008,0005)"
    else:
        assert mask_to_seg(mask, volume, author=Person("a")).PatientName == "Doe^Jane"


def test_a_name_in_another_character_set_than_is_said_is_not_passed_on(tmp_path: Path) -> None:
    def other(_: int, dataset: pydicom.Dataset) -> None:
        dataset.SpecificCharacterSet, dataset.PatientName = "ISO_IR 100", "Müller^Zoë"

    series(tmp_path, change=other)
    assert mask_to_seg(np.ones((8, 6, 5)), tmp_path, author=Person("a")).PatientName == "Müller^Zoë"
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", b"ISO_IR 192"))
    with pytest.raises(BadImage, match="PatientName is not written in its character set"):
        mask_to_seg(np.ones((8, 6, 5)), tmp_path, author=Person("a"))


def test_names_in_any_script_are_passed_on(tmp_path: Path) -> None:
    name = "Yamada^Tarou=山田^太郎"

    def japanese(_: int, dataset: pydicom.Dataset) -> None:
        dataset.SpecificCharacterSet, dataset.PatientName = ["", "ISO 2022 IR 87"], name

    series(tmp_path / "d", change=japanese)
    made = mask_to_seg(np.ones((8, 6, 5)), tmp_path / "d", author=Person("a"), into=tmp_path / "seg.dcm")
    assert str(made.PatientName) == name
    assert str(pydicom.dcmread(tmp_path / "seg.dcm").PatientName) == name
    mask_to_rtstruct(np.ones((8, 6, 5)), tmp_path / "d", author=Person("a"), into=tmp_path / "rt.dcm")
    assert str(pydicom.dcmread(tmp_path / "rt.dcm").PatientName) == name
    valid(tmp_path / "seg.dcm")
    valid(tmp_path / "rt.dcm")


def test_a_transfer_syntax_that_nobody_knows_is_named(one: Path) -> None:
    one.write_bytes(one.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0"))
    with pytest.raises(BadImage) as caught:
        read_series(one.parent)
    assert caught.value.details["tag"] in ("TransferSyntaxUID (0002,0010)", None)


def test_links_to_nowhere_and_folders_are_no_files(one: Path) -> None:
    (one.parent / "gone.dcm").symlink_to("nowhere")
    (one.parent / "folder.dcm").mkdir()
    assert read_series(one.parent).shape == (64, 64, 1)
    with pytest.raises(NotFound):
        read_series(one.parent / "folder.dcm")


@pytest.mark.parametrize(
    "make", [lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"DICM" * 40)]
)
def test_empty_files_are_named(one: Path, make: Callable[[Path], object]) -> None:
    make(one)
    with pytest.raises(BadImage, match=r"one\.dcm"):
        read(one)


def test_warnings_are_as_before_whatever_threads_read(one: Path) -> None:
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        assert {volume.shape for volume in pool.map(read_series, [one.parent] * 40)} == {(64, 64, 1)}
    assert warnings.filters == before
