"""What the panel is told of images and of what became of them, as plain JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from maia_hub.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maia_hub.imaging import Sent, Series, Study

_MOST_REFUSED = 200


def study(found: Study) -> dict[str, Any]:
    """Return a study."""
    return _plain(asdict(found))


def series(found: Series) -> dict[str, Any]:
    """Return a series."""
    return _plain(asdict(found))


def sent(done: Sent) -> dict[str, Any]:
    """Return what became of what was to be sent; of many refusals the first."""
    return {
        "accepted": len(done.accepted),
        "repeated": len(done.repeated),
        "refused": len(done.refused),
        "reasons": [asdict(each) for each in done.refused[:_MOST_REFUSED]],
    }


def wanted(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a search asks the archive for; a word is looked for anywhere in an attribute.

    Raises:
        InvalidInput: a day is none, or the first comes after the last.
    """
    from maia_hub.imaging.records import is_uid  # noqa: PLC0415 - it loads pydicom

    named = str(given.get("study") or "").strip()
    first, last = _day(given.get("since")), _day(given.get("until"))
    if first and last and first > last:
        raise InvalidInput("The first day comes after the last.", given=f"{first} – {last}")
    asked = {
        "PatientID": _anywhere(given.get("patient")),
        "StudyDescription": _anywhere(given.get("description")),
        "Modality": str(given.get("modality") or "").strip().upper(),
        "StudyDate": (first, last) if first or last else None,
        ("StudyInstanceUID" if is_uid(named) and "." in named else "AccessionNumber"): named,
    }
    return {name: value for name, value in asked.items() if value}


def _anywhere(given: object) -> str:
    text = str(given or "").strip()
    return text if not text or set(text) & set("*?") else f"*{text}*"


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(str(given)) if given else None
    except ValueError:
        raise InvalidInput("That is not a day.", given=str(given)[:40], allowed="2026-03-31") from None


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}
