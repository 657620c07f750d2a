"""Studies and series as data frames, and what a row or a UID stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import Series, Study
from maia_hub.imaging.records import is_uid
from maia_lab.imaging import views

if TYPE_CHECKING:
    import pandas as pd

_STUDY = ["date", "patient_id", "patient_name", "description", "modalities", "n_series", "n_images", "study"]
_SERIES = ["number", "modality", "description", "body_part", "n_images", "series", "study"]


def studies(found: Sequence[Study]) -> pd.DataFrame:
    """Return a row for each study, the newest first; `study` is its UID."""
    import pandas as pd  # noqa: PLC0415

    rows = [
        {
            **vars(each),
            "modalities": " ".join(each.modalities),
            "n_series": each.series,
            "n_images": each.instances,
            "study": each.uid,
        }
        for each in sorted(found, key=lambda each: (str(each.date or ""), each.time), reverse=True)
    ]
    return pd.DataFrame(rows, columns=_STUDY)


def series(found: Sequence[Series]) -> pd.DataFrame:
    """Return a row for each series; `series` and `study` are UIDs."""
    import pandas as pd  # noqa: PLC0415

    rows = [
        {**vars(each), "n_images": each.instances, "series": each.uid, "study": each.study_uid}
        for each in found
    ]
    return pd.DataFrame(rows, columns=_SERIES)


def wanted(**given: object) -> Mapping[str, Any]:
    """Return what the archive is asked for."""
    return views.wanted({name: value and str(value) for name, value in given.items()})


def uid_of(given: object, what: Literal["study", "series"]) -> str:
    """Return the UID that is meant by a row, a record, or a UID itself.

    Raises:
        InvalidInput: it is none of them.
    """
    if isinstance(given, Study | Series):
        return given.study_uid if isinstance(given, Series) and what == "study" else given.uid
    found = given if isinstance(given, str) else _cell(given, what)
    if not is_uid(found):
        raise InvalidInput(
            f"That is no {what}.", given=str(given)[:80], allowed=f"a row of images.{what}…, or a UID"
        )
    return str(found)


def study_of(given: object) -> str | None:
    """Return the UID of the study of a series, None if what is given does not tell."""
    if isinstance(given, Series):
        return given.study_uid
    found = None if isinstance(given, str) else _cell(given, "study")
    return found if is_uid(found) else None


def _cell(given: object, name: str) -> Any:
    """Return a value of a row, or of a table of one row."""
    values: Any = getattr(given, "get", lambda _: None)(name)
    return values.iloc[0] if hasattr(values, "iloc") and len(values) == 1 else values
