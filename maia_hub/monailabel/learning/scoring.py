"""Versions on held-out labels: each is asked for its prediction, which is compared with what a person drew."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel.learning.datasets import DataSet
from maia_hub.monailabel.learning.scores import Array, compared
from maia_hub.monailabel.learning.teacher import Teacher

_GZIP = b"\x1f\x8b"


async def scored(
    teacher: Teacher, model: str, held: DataSet, versions: Sequence[str | None]
) -> list[float | None]:
    """Return the mean Dice of each version, named by its training (None: what is in place), on the same labels.

    Raises:
        InvalidInput: a label or a prediction is no such image, or they are not of the same voxels.
        Unavailable: MONAI Label does not predict.
    """
    numbers = await teacher.labels(model)
    if not held.labels or not numbers:
        return [None for _ in versions]
    known = await teacher.labelled()
    truths: dict[str, Array] = {}
    found: dict[int, dict[str, Array]] = {place: {} for place in range(len(versions))}
    for image in (each.image for each in held.labels):
        truths[image] = _numbered(voxels(await teacher.label(image)), known.get(image, {}), numbers)
        for place, version in enumerate(versions):
            params = json.dumps({} if version is None else {"maia_version": version})
            found[place][image] = voxels(await teacher.predict(model, image, params))
    rows = {each.version: each.score for each in compared(found, truths, list(numbers.values()))}
    return [rows[place] for place in range(len(versions))]


def voxels(content: bytes) -> Array:
    """Return the voxels of a NIfTI file, in the order that is nearest to right, anterior, superior.

    Raises:
        InvalidInput: it is none.
    """
    import nibabel  # noqa: PLC0415 - it loads seconds' worth

    try:
        plain = gzip.decompress(content) if content.startswith(_GZIP) else content
        image = nibabel.as_closest_canonical(nibabel.Nifti1Image.from_bytes(plain))
        return np.asarray(np.rint(np.asarray(image.dataobj)), dtype=np.int64).squeeze()
    except (OSError, EOFError, ValueError, nibabel.filebasedimages.ImageFileError) as e:
        raise InvalidInput("This is no label in a NIfTI file.", given=str(e)[:200]) from e


def _numbered(drawn: Array, info: Mapping[str, Any], numbers: Mapping[str, int]) -> Array:
    """Return a label with the model's numbers, where it says the names of its own."""
    named = info.get("label_info") or []
    own = {each.get("name"): each.get("idx") for each in named if isinstance(each, dict)}
    if not own or any(name not in numbers for name in own):
        return drawn
    changed = np.zeros_like(drawn)
    for name, number in own.items():
        changed[drawn == number] = numbers[str(name)]
    return changed
