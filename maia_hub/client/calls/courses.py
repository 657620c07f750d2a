"""Classes: who learns and teaches together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from maia_hub.client import models as m
from maia_hub.client.calls.call import Call, only_if

_CLASS = TypeAdapter(m.ClassModel)


def classes() -> Call[list[m.ClassModel]]:
    """Ask for the classes that I am in, look after, or whose project I lead."""
    return Call("GET", "classes", TypeAdapter(list[m.ClassModel]))


def one_class(class_id: UUID) -> Call[m.ClassModel]:
    """Ask for a class with its bookings."""
    return Call("GET", f"classes/{class_id}", _CLASS)


def check_class(request: m.ClassRequest) -> Call[m.ClassCheck]:
    """Ask what a class would be: what is wrong in its list, and every date."""
    return Call("POST", "classes/check", TypeAdapter(m.ClassCheck), body=request)


def check_class_change(class_id: UUID, roster: str, staff: Sequence[str] = ()) -> Call[m.ClassCheck]:
    """Ask what each date of a class would be with other groups and staff; nothing is changed."""
    request = m.RosterTrial(roster=roster, staff=list(staff))
    return Call("POST", f"classes/{class_id}/check", TypeAdapter(m.ClassCheck), body=request)


def make_class(request: m.ClassRequest) -> Call[m.ClassModel]:
    """Make a class and book its dates."""
    return Call("POST", "classes", _CLASS, body=request)


def change_class(class_id: UUID, change: m.ClassChange, etag: str | None = None) -> Call[m.ClassModel]:
    """Let others be in the groups of a class or look after it; with ``etag`` only as I saw it."""
    return Call("PATCH", f"classes/{class_id}", _CLASS, body=change, headers=only_if(etag))


def cancel_class_date(class_id: UUID, start: datetime) -> Call[m.ClassModel]:
    """Cancel one date of a class for all groups."""
    request = m.ClassDateCancellation(start=start)
    return Call("POST", f"classes/{class_id}/cancel-date", _CLASS, body=request)


def end_class(class_id: UUID, reason: str = "") -> Call[m.ClassModel]:
    """End a class for all."""
    return Call("POST", f"classes/{class_id}/end", _CLASS, body=m.ClassEnding(reason=reason))
