"""Images of the project's archive in a notebook: find, load, show them, and send back what was made of them.

    from maia_lab import images

    images.studies(modality="MR")                      # a data frame
    images.series(study)                               # another one
    volume = images.load(series)                       # voxels, affine, headers
    images.show(volume, mask)
    images.send_segmentation(mask, of=volume, labels={1: "liver"})

What is wrong is told by `maia_hub.core.errors.MaiaError`: what was given, and what to do next.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from maia_hub.imaging import (
    Algorithm,
    DicomWeb,
    Mask,
    Person,
    Sent,
    Series,
    Volume,
    dicom_to_nifti,
    mask_to_seg,
    read_series,
    seg_to_mask,
)
from maia_lab.imaging import archive, tables
from maia_lab.imaging.bar import bar

if TYPE_CHECKING:
    import pandas as pd

    from maia_hub.imaging.labels import Labels
    from maia_hub.imaging.masks import MaskLike
    from maia_hub.imaging.segmentation import Kind
    from maia_lab.imaging.viewer import By, Viewer

__all__ = [
    "convert",
    "load",
    "load_segmentation",
    "send",
    "send_segmentation",
    "series",
    "show",
    "studies",
]
Day = date | str
"""A day, or one as text: 2026-03-31."""


def studies(
    *,
    patient: str = "",
    since: Day | None = None,
    until: Day | None = None,
    modality: str = "",
    description: str = "",
    limit: int | None = 1000,
) -> pd.DataFrame:
    """Return the studies that match, at most ``limit``, newest first.

    ``patient`` is a patient's id; it and ``description`` may be parts of what is looked for, with ``*`` and ``?``.
    """
    wanted = tables.wanted(
        patient=patient, since=since, until=until, modality=modality, description=description
    )
    with _web() as web:
        return tables.studies(web.studies(limit=limit, **wanted))


def series(study: object) -> pd.DataFrame:
    """Return the series of a study: a row of `studies`, or its UID."""
    with _web() as web:
        return tables.series(web.series(tables.uid_of(study, "study")))


def load(series: object, *, study: object = None) -> Volume:
    """Fetch a series and return it as a volume: voxels, affine (to millimetres, RAS+) and headers.

    ``series`` is a row of `images.series`, or a UID; ``study`` says which of several studies has it.

    Raises:
        BadGeometry: its slices do not make up a regular volume; the first that does not fit is named.
    """
    with _fetched(series, study) as files:
        return read_series(files)


def load_segmentation(series: object, *, of: Volume, study: object = None) -> Mask:
    """Fetch a segmentation and return it as a mask on the voxels of a volume, with what its numbers stand for."""
    with _fetched(series, study or of.study_uid) as files:
        return seg_to_mask(_only(files), of)


def convert(series: object, into: str | os.PathLike[str] = "nifti", *, study: object = None) -> list[Path]:
    """Fetch a series and write it as NIfTI into a folder; return the files."""
    with _fetched(series, study) as files:
        return [made.path for made in dicom_to_nifti(files, Path(into))]


def show(volume: Any, mask: Any = None, *, height: int = 400, by: By = "auto") -> Viewer:
    """Return a view of a volume, or of an image of nibabel, with a mask over it.

    NiiVue shows it in three planes; where the browser has no WebGL, a slider leads through the slices. ``by`` takes
    one of the two: ``"niivue"``, ``"slices"``.
    """
    from maia_lab.imaging.viewer import Viewer  # noqa: PLC0415 - it loads matplotlib and ipywidgets

    return Viewer(volume, mask, height=height, by=by)


def send(*paths: str | os.PathLike[str]) -> Sent:
    """Send files, folders and zips of DICOM; what is there already is not sent again."""
    with _web() as web, bar("Sending") as told:
        return web.send(paths, progress=told)


def send_segmentation(
    mask: MaskLike,
    of: Volume,
    labels: Labels | None = None,
    *,
    author: Person | Algorithm | None = None,
    kind: Kind = "binary",
    description: str = "",
) -> Series:
    """Send a mask as a segmentation object of the series that it was drawn on; return the new series.

    ``labels`` say what the numbers stand for, ``{1: "liver"}``: organs that are known get their codes of SNOMED CT.
    ``author`` is who or which program made it, you unless said otherwise.
    """
    made_by = author or Person(os.environ.get("JUPYTERHUB_USER") or getuser())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "segmentation.dcm")
        made = mask_to_seg(mask, of, labels, author=made_by, kind=kind, description=description, into=file)
        _all_taken(send(file))
    return Series(
        uid=str(made.SeriesInstanceUID),
        study_uid=str(made.StudyInstanceUID),
        modality="SEG",
        number=int(made.SeriesNumber),
        description=str(made.get("SeriesDescription") or ""),
        instances=1,
    )


def _all_taken(sent: Sent) -> None:
    if sent.refused:
        raise Conflict(f"The archive has not taken it: {sent.refused[0].reason}")


@contextmanager
def _web() -> Iterator[DicomWeb]:
    known = archive.here()
    with DicomWeb(known.url, known.token) as web:
        yield web


@contextmanager
def _fetched(series: object, study: object) -> Iterator[list[Path]]:
    """Yield the objects of a series as files, for a while."""
    uid = tables.uid_of(series, "series")
    with tempfile.TemporaryDirectory() as folder, _web() as web:
        known = tables.uid_of(study, "study") if study is not None else tables.study_of(series)
        if known is None:
            known = web.find_series(uid).study_uid
        with bar("Fetching") as told:
            fetched = web.fetch(known, uid, into=Path(folder), progress=told)
        if not fetched.files:
            raise NotFound("The archive has no such series.", given=uid)
        yield fetched.files


def _only(files: Sequence[Path]) -> Path:
    if len(files) != 1:
        raise InvalidInput(f"A segmentation is one object; this series has {len(files)}.")
    return files[0]
