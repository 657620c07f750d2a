"""Masks as DICOM segmentation objects, and back with the same numbers."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from maia_hub import __version__
from maia_hub.core.errors import InvalidInput
from maia_hub.imaging.faults import bad_image
from maia_hub.imaging.labels import Author, Code, Labels, Person, labelled
from maia_hub.imaging.masks import MaskLike, SeriesLike, mask_on, series_like
from maia_hub.imaging.reading import check_charset, quiet
from maia_hub.imaging.volumes import Stack
from maia_hub.imaging.writing import save

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription

Kind = Literal["binary", "labelmap"]
ACCOUNTS = "99MAIAHUB"
"""The coding scheme, private to the platform, whose values are what people sign in as."""
NUMBER = "label {}"
"""How a segment tells, by its tracking identifier, which number of the mask it is."""


def mask_to_seg(
    mask: MaskLike,
    of: SeriesLike,
    labels: Labels | None = None,
    *,
    author: Author,
    kind: Kind = "binary",
    description: str = "",
    into: Path | str | None = None,
) -> Dataset:
    """Return a mask as a segmentation object of a series, written to the file ``into`` if one is named.

    The mask's voxels are the series', in any order and direction of the axes, or a part of them. Each number other than
    0 becomes a segment; slices without any are left out. ``kind`` is how they are stored: ``binary``, one bit for each
    segment, is understood everywhere; ``labelmap``, one number for each voxel, by newer programs only.

    Raises:
        InvalidInput: the mask is not on the series' voxels, is empty, or holds a number that no label stands for.
        BadImage: the series cannot be read, or does not say what a segmentation has to repeat.
    """
    stack = series_like(of)
    check_charset(stack.datasets[0], stack.planes[0].source)
    placed = mask_on(mask, stack)
    values = placed.values
    if not values:
        raise InvalidInput(
            "the mask is empty: there is nothing to segment", advice="give it a number other than 0"
        )
    named = labelled(labels or placed.labels or None, values)
    numbers = {value: n for n, value in enumerate(values, 1)} if kind == "binary" else {v: v for v in values}
    segments = [_segment(numbers[value], value, named, author) for value in values]
    frames = _frames(placed.array, stack, numbers)
    with quiet():
        try:
            dataset = _made(frames, stack, segments, kind, description)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            words = f"no segmentation can be made of the series: {error}"[:300]
            tag = "" if stack.text("FrameOfReferenceUID") else "FrameOfReferenceUID"
            raise bad_image(stack.planes[0].source, "not-to-be-segmented", words, tag) from error
    _sign(dataset, author)
    if into is not None:
        save(dataset, into)
    return dataset


def _made(
    frames: NDArray[np.generic],
    stack: Stack,
    segments: Sequence[SegmentDescription],
    kind: Kind,
    description: str,
) -> Dataset:
    from highdicom.seg import Segmentation  # noqa: PLC0415

    made: Dataset = Segmentation(
        source_images=[_in_utf8(stack.datasets[0]), *stack.datasets[1:]],
        pixel_array=frames,
        segmentation_type=kind.upper(),
        segment_descriptions=segments,
        series_instance_uid=generate_uid(prefix=None),
        series_number=_number_after(stack),
        sop_instance_uid=generate_uid(prefix=None),
        instance_number=1,
        manufacturer="MAIA Hub",
        manufacturer_model_name="maia_hub.imaging",
        software_versions=__version__,
        device_serial_number="1",
        content_label="SEGMENTATION",
        content_description=description[:64] or None,
        series_description=(description or f"Segmentation of {stack.description}")[:64],
        transfer_syntax_uid=ExplicitVRLittleEndian,
    )
    return made


def _in_utf8(dataset: Dataset) -> Dataset:
    """Return an object whose names are copied in a character set that has them all."""
    made = copy.copy(dataset)
    made.decode()
    made.SpecificCharacterSet = "ISO_IR 192"
    return made


def _number_after(stack: Stack) -> int:
    """Return a number for a series that is made of another."""
    text = stack.text("SeriesNumber")
    return int(text) + 1000 if text.isdigit() and int(text) < 10**6 else 1000


def _frames(array: NDArray[np.generic], stack: Stack, numbers: Mapping[int, int]) -> NDArray[np.generic]:
    """Return the segments' numbers as frames, rows, columns in the order of the source images."""
    table = np.zeros(max(numbers) + 1, np.uint8 if max(numbers.values()) < 256 else np.uint16)
    for value, number in numbers.items():
        table[value] = number
    frames = np.ascontiguousarray(array.transpose(2, 1, 0))
    if list(numbers) != list(numbers.values()):
        frames = table[frames]
    if stack.planes[0].source.frame is None:
        return frames
    order = np.argsort([each.source.frame or 0 for each in stack.planes])
    return frames[order]


def _segment(number: int, value: int, labels: Mapping[int, Any], author: Author) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence  # noqa: PLC0415
    from highdicom.color import CIELabColor  # noqa: PLC0415
    from highdicom.seg import SegmentDescription  # noqa: PLC0415
    from pydicom.sr.codedict import codes  # noqa: PLC0415

    label = labels[value]
    made = SegmentDescription(
        segment_number=number,
        segment_label=label.name,
        segmented_property_category=_coded(label.category),
        segmented_property_type=_coded(label.kind),
        algorithm_type=_how(author),
        algorithm_identification=None
        if isinstance(author, Person)
        else AlgorithmIdentificationSequence(
            name=author.name, version=author.version, family=codes.cid7162.ArtificialIntelligence
        ),
        tracking_uid=generate_uid(prefix=None),
        tracking_id=NUMBER.format(value),
        display_color=CIELabColor.from_rgb(*label.color) if label.color else None,
    )
    if label.side is not None:
        made.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [
            _coded(label.side)
        ]
    return made


def _sign(dataset: Dataset, author: Author) -> None:
    """Write who drew it, or had a hand in it."""
    from highdicom.content import ContentCreatorIdentificationCodeSequence  # noqa: PLC0415

    person = author if isinstance(author, Person) else author.by
    if person is None:
        return
    dataset.ContentCreatorName = person.name
    if person.account:
        if not person.institution:
            raise InvalidInput("an account is one of an institution: name that, too", given=person.account)
        code = _coded(Code(person.account, person.name[:64], ACCOUNTS))
        dataset.ContentCreatorIdentificationCodeSequence = ContentCreatorIdentificationCodeSequence(
            [code], person.institution[:64]
        )


def _how(author: Author) -> str:
    if isinstance(author, Person):
        return "MANUAL"
    return "SEMIAUTOMATIC" if author.by else "AUTOMATIC"


def _coded(code: Code) -> Any:
    from highdicom.sr import CodedConcept  # noqa: PLC0415

    return CodedConcept(value=code.value, scheme_designator=code.scheme, meaning=code.meaning)
