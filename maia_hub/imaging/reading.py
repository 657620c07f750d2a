"""Files of DICOM, however they are named: their headers, checked for what a broken or hostile file may hold."""

from __future__ import annotations

import os
import struct
import threading
import warnings
import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
import pydicom.filereader
from pydicom import Dataset, FileDataset
from pydicom.charset import python_encoding
from pydicom.dataelem import RawDataElement
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.imaging.faults import BadImage, Source, bad_image

_DEFER = 4096
_MOST_TIMES = 2000
"""How many times its file an image may be when it is unpacked: empty slices come to a few hundred."""
_MOST_DEFLATED = 1 << 30
_META = 144
"""Bytes before those that FileMetaInformationGroupLength counts."""
BROKEN = (
    BytesLengthException,
    zlib.error,
    InvalidDicomError,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    MemoryError,
    RecursionError,
    struct.error,
)
"""What pydicom raises where a file is not what it says."""
_NEEDED = (
    "Modality",
    "ImageType",
    "NumberOfFrames",
    "PerFrameFunctionalGroupsSequence",
    "SamplesPerPixel",
    "BitsStored",
)
"""What is asked of every image later on: that it can be read is seen once."""
_TEXTS = ("PatientName", "PatientID", "SeriesDescription", "StudyDescription", "ReferringPhysicianName")
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


@dataclass(frozen=True, eq=False)
class Found:
    """An object that was read: its file, and its header without the pixels."""

    path: Path
    dataset: Dataset
    has_pixels: bool
    source: Source
    series: str


class _Quiet:
    """Warnings that are ignored while anybody is within, in whatever thread: filters of warnings are the process's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within = 0
        self._filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._within == 0:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")
            self._within += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._within -= 1
            if self._within == 0:
                self._filters.__exit__(None, None, None)


_QUIET = _Quiet()


def quiet() -> AbstractContextManager[None]:
    """Keep pydicom's remarks on odd values to itself: what matters of them is checked."""
    return _QUIET


def files(given: Path | str | Iterable[Path | str]) -> list[Path]:
    """Return the files below a folder, or those that are given; hidden ones and indexes of media are none of them.

    Raises:
        NotFound: there is no such file or folder, or nothing in it.
    """
    roots = [Path(given)] if isinstance(given, str | Path) else [Path(each) for each in given]
    found: list[Path] = []
    for root in roots:
        if root.is_dir():
            below = (path for path in sorted(root.rglob("*")) if path.is_file())
            found += [path for path in below if not path.name.startswith(".") and path.name != "DICOMDIR"]
        elif root.exists():
            found.append(root)
        else:
            raise NotFound(f"there is no file or folder {root}", given=str(root))
    if not found:
        raise NotFound(f"there are no files in {', '.join(map(str, roots))}")
    return found


def objects(paths: Iterable[Path]) -> list[Found]:
    """Read the headers of files, without those that are no DICOM.

    Raises:
        BadImage: a file is broken, or says that it is DICOM by its name only.
        InvalidInput: there is no DICOM among them.
    """
    paths = list(paths)
    found = [each for path in paths if (each := read(path)) is not None]
    if not found:
        raise InvalidInput(f"none of {len(paths)} files is DICOM, {paths[0].name} the first of them")
    return found


def read(path: Path) -> Found | None:
    """Read the header of a file; None if it is no DICOM, or an index of others."""
    source = Source(path)
    kind = _kind(path)
    if kind is None:
        if path.suffix.lower() in {".dcm", ".dicom"}:
            raise bad_image(source, "not-dicom", "it is no DICOM in spite of its name, or not a whole one")
        return None
    try:
        with quiet():
            deflated = kind == "whole" and _check_deflated(path)
            dataset = pydicom.dcmread(path, defer_size=None if deflated else _DEFER, force=kind == "bare")
            return _checked(path, dataset)
    except BadImage:
        raise
    except BROKEN as error:
        raise bad_image(source, "unreadable", f"it cannot be read as DICOM: {error}"[:300]) from error


def _kind(path: Path) -> str | None:
    """Tell whether a file is DICOM, by what it begins with: its magic word, or bare attributes of group 8."""
    try:
        with path.open("rb") as file:
            head = file.read(132)
    except OSError as error:
        raise bad_image(Source(path), "unreadable", f"it cannot be opened: {error.strerror}") from error
    if head[128:] == b"DICM":
        return "whole"
    return "bare" if len(head) == 132 and head[:2] in (b"\x08\x00", b"\x02\x00") and head[3] == 0 else None


def _check_deflated(path: Path) -> bool:
    """Tell whether the attributes are deflated, and see that they do not come to more than fits."""
    meta = pydicom.filereader.read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return False
    unpacker, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with path.open("rb") as file:
        file.seek(_META + meta.FileMetaInformationGroupLength)
        while packed := unpacker.unconsumed_tail or file.read(1 << 16):
            size += len(unpacker.decompress(packed, 1 << 20))
            if size > _MOST_DEFLATED:
                words = f"it unpacks to more than {_MOST_DEFLATED:,} bytes"
                raise bad_image(Source(path), "too-large", words, "TransferSyntaxUID")
    return True


def _checked(path: Path, dataset: FileDataset) -> Found | None:
    source = Source(path, str(dataset.get("SOPInstanceUID", "")))
    kind = dataset.get("SOPClassUID") or dataset.file_meta.get("MediaStorageSOPClassUID")
    if kind == MediaStorageDirectoryStorage:
        return None
    if not kind:
        raise bad_image(source, "missing-tag", "SOPClassUID is missing or empty", "SOPClassUID")
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit = dataset.original_encoding[0]
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    has_pixels = any(name in dataset for name in _PIXELS)
    if has_pixels:
        _check_size(path, dataset, source)
    for name in _PIXELS:
        if name in dataset:
            del dataset[name]
    for name in _NEEDED:
        dataset.get(name)
    return Found(path, dataset, has_pixels, source, str(dataset.get("SeriesInstanceUID") or ""))


def _check_size(path: Path, dataset: FileDataset, source: Source) -> None:
    """See that the file has the pixels that its header speaks of."""
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    bits, samples = int(dataset.get("BitsAllocated") or 8), int(dataset.get("SamplesPerPixel") or 1)
    claimed = rows * columns * samples * int(dataset.get("NumberOfFrames") or 1) * bits // 8
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        claimed = claimed * 2 // 3
    size = path.stat().st_size
    name = next(name for name in _PIXELS if name in dataset)
    element = dataset.get_item(name, keep_deferred=True)
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax.is_private or not syntax.is_transfer_syntax:
        raise bad_image(source, "transfer-syntax", f"nothing is known of {syntax}", "TransferSyntaxUID")
    if syntax.is_compressed:
        if claimed > size * _MOST_TIMES:
            words = f"it claims {claimed:,} bytes of pixels and is a file of {size:,}"
            raise bad_image(source, "too-large", words, "Rows")
        return
    if syntax.is_deflated:
        there, length = [len(element.value)] * 2
    else:
        there = size - (element.value_tell if isinstance(element, RawDataElement) else 0)
        length = element.length if isinstance(element, RawDataElement) else claimed
    if length < claimed or there < claimed:
        words = (
            f"it is truncated: it should hold {claimed:,} bytes of pixels and holds {min(length, there):,}"
        )
        raise bad_image(source, "truncated", words, name)


def check_charset(dataset: Dataset, source: Source) -> None:
    """See that the names in an object can be read, before they are written into another.

    Raises:
        BadImage: nobody knows its character set, or the names are not in it.
    """
    value: Any = []
    try:
        with quiet():
            value = dataset.get("SpecificCharacterSet") or []
            names = [value] if isinstance(value, str) else list(value)
            texts = {keyword: str(dataset.get(keyword, "")) for keyword in _TEXTS}
    except BROKEN as error:
        words = f"its names cannot be read: {error}"[:200]
        raise bad_image(source, "character-set", words, "SpecificCharacterSet") from error
    unknown = [name for name in names if name and name not in python_encoding]
    if unknown:
        words = f"nothing is known of the character set {str(unknown[0])[:40]!r}"
        raise bad_image(source, "character-set", words, "SpecificCharacterSet")
    for keyword, text in texts.items():
        if "\N{REPLACEMENT CHARACTER}" in text:
            words = f"{keyword} is not written in its character set ({value or 'none said'})"
            raise bad_image(source, "character-set", words, "SpecificCharacterSet")


def loaded(given: Dataset | os.PathLike[str] | str) -> tuple[Dataset, Source]:
    """Return one object with all that is in it.

    Raises:
        BadImage: the file is broken.
        InvalidInput: it is no DICOM.
        NotFound: there is no such file.
    """
    if isinstance(given, Dataset):
        return given, Source(None, str(given.get("SOPInstanceUID", "")))
    path = Path(given)
    if not path.is_file():
        raise NotFound(f"there is no file {path}", given=str(path))
    found = objects([path])[0]
    with quiet():
        return pydicom.dcmread(path, force=True), found.source


def series_of(found: Iterable[Found]) -> dict[str, list[Found]]:
    """Return the images among objects by their series, without what has no pixels and without segmentations."""
    groups: dict[str, list[Found]] = {}
    for each in found:
        if each.has_pixels and each.dataset.get("Modality") != "SEG":
            if not each.series:
                raise bad_image(
                    each.source, "missing-tag", "SeriesInstanceUID is missing", "SeriesInstanceUID"
                )
            groups.setdefault(each.series, []).append(each)
    return groups
