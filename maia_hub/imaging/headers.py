"""What a file says it is, read without trusting it and without its pixels: is it one whole DICOM object?"""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydicom.dataelem import RawDataElement
from pydicom.filereader import data_element_generator
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from maia_hub.imaging.records import is_uid

_PREAMBLE = 128
_KEPT = 1024
"""Values up to this length are read; longer ones are passed over, so that memory stays flat."""
_INFLATED = 1 << 20
_UNDEFINED = 0xFFFFFFFF
_ROWS = 0x00280010
_PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010, 0x00287FE0}
"""What an object with rows has: pixels of one of three kinds, or where they are."""
_META_CLASS, _META_SOP, _SYNTAX, _GROUP = 0x00020002, 0x00020003, 0x00020010, 2
_CLASS, _SOP, _STUDY, _SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_NAMES = {
    _CLASS: "SOP Class UID",
    _SOP: "SOP Instance UID",
    _STUDY: "Study Instance UID",
    _SERIES: "Series Instance UID",
}
_OTHERS = {
    b"PK\x03\x04": "is an archive inside of what was given; unpack it first",
    b"\x1f\x8b": "is an archive inside of what was given; unpack it first",
    b"\x30\x82": "is not a DICOM file; it may be an encrypted one",
    b"\x30\x80": "is not a DICOM file; it may be an encrypted one",
}


class Unfit(Exception):
    """A file that is no whole DICOM object; the message says why, to follow the file's name."""


@dataclass(frozen=True, slots=True)
class Header:
    """The identity of an object; ``agreeing`` is whether the file's own header says the same as what it is of."""

    sop_class: str
    uid: str
    study_uid: str
    series_uid: str
    transfer_syntax: str
    agreeing: bool = True


def identify(path: Path) -> Header:
    """Return what a file is.

    Raises:
        Unfit: it is no DICOM file, or only a part of one.
    """
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd values and character sets: nothing of them is used here
            return _identify(file, path.stat().st_size)
    except OSError as error:
        raise Unfit(f"cannot be read: {error.strerror or error}") from error
    except Unfit:
        raise
    except RecursionError as error:
        raise Unfit("has sequences in sequences without end") from error
    except (EOFError, struct.error) as error:
        raise Unfit("ends too early: it is only a part of a DICOM file") from error
    except Exception as error:  # the reader fails in many ways on bytes that chance or malice has changed
        raise Unfit(f"cannot be read as DICOM: {str(error)[:120] or type(error).__name__}") from error


def _identify(file: BinaryIO, size: int) -> Header:
    begin = file.read(_PREAMBLE + 4)
    if begin[_PREAMBLE:] != b"DICM":
        raise Unfit(_OTHERS.get(begin[:4], _OTHERS.get(begin[:2], _short(begin))))
    meta = _meta(file)
    syntax = meta[_SYNTAX]
    source = BytesIO(_inflated(file)) if syntax == DeflatedExplicitVRLittleEndian else file
    end = None if source is not file else size
    found = _walk(source, syntax, end)
    for tag, name in _NAMES.items():
        if tag not in found:
            raise Unfit(f"has no {name}: it is not an image or another object that can be stored")
        if not is_uid(found[tag]):
            raise Unfit(f"has a {name} that is none")
    agreeing = (meta.get(_META_CLASS), meta.get(_META_SOP)) == (found[_CLASS], found[_SOP])
    return Header(found[_CLASS], found[_SOP], found[_STUDY], found[_SERIES], syntax, agreeing)


def _short(begin: bytes) -> str:
    return "is empty" if not begin else "is not a DICOM file"


def _meta(file: BinaryIO) -> dict[int, str]:
    """Return what the file's header says; the data set is what comes next then."""

    def over(tag: int, vr: str | None, length: int) -> bool:
        return tag >> 16 != _GROUP

    elements = data_element_generator(file, False, True, over, defer_size=_KEPT)
    found = _uids(elements, {_SYNTAX, _META_CLASS, _META_SOP})
    if found.get(_META_CLASS) == MediaStorageDirectoryStorage:
        raise Unfit("is a DICOMDIR, the index of a medium: the files that it names are what can be sent")
    if _SYNTAX not in found:
        raise Unfit("does not say its transfer syntax")
    return found


def _walk(source: BinaryIO, syntax: str, size: int | None) -> dict[int, str]:
    """Return the values that identify the object, having seen that all elements are whole; None: only the first."""
    implicit, little = syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian
    wanted: Callable[..., bool] | None = None if size is not None else lambda tag, *_: tag > _SERIES
    elements = data_element_generator(source, implicit, little, wanted, defer_size=_KEPT)
    return _uids(elements, set(_NAMES), size, source)


def _uids(
    elements: Iterator[object], wanted: set[int], size: int | None = None, source: BinaryIO | None = None
) -> dict[int, str]:
    """Return the values that are wanted; of a source of a known size, all elements must be there to the end."""
    found: dict[int, str] = {}
    tags: set[int] = set()
    reached = 0
    for element in elements:
        reached = source.tell() if source else 0
        if not isinstance(element, RawDataElement):
            if source:
                _end_of_sequence(source)
            continue
        if element.length != _UNDEFINED:
            reached = max(reached, element.value_tell + element.length)
        tags.add(int(element.tag))
        if element.tag in wanted and isinstance(element.value, bytes):
            found[int(element.tag)] = element.value.decode("ascii", "replace").strip("\0 ")
    if size is not None and (reached != size or (_ROWS in tags and not tags & _PIXELS)):
        raise Unfit("ends too early: it is only a part of a DICOM file")
    return found


def _end_of_sequence(source: BinaryIO) -> None:
    """See that a sequence of unknown length has its end: the reader takes the file's for it."""
    source.seek(-8, os.SEEK_CUR)
    if source.read(8)[:4] not in (b"\xfe\xff\xdd\xe0", b"\xff\xfe\xe0\xdd"):
        raise Unfit("ends too early: it is only a part of a DICOM file")


def _inflated(file: BinaryIO) -> bytes:
    """Return the beginning of a deflated data set: enough to know it, too little to fill the memory."""
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    return unpack.decompress(file.read(_INFLATED), _INFLATED)
