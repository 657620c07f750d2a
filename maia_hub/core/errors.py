"""The one exception family that is fit to be shown to a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

_MOST_FAULTS = 3


class MaiaError(Exception):
    """Something a user can understand and act upon.

    ``message`` says what happened; ``given``, ``allowed`` and ``advice`` say what was given, what is allowed
    and what to do next. ``details`` holds further JSON-ready facts. Nothing secret may be put into them.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        message: str,
        *,
        given: object = None,
        allowed: object = None,
        advice: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.given = given
        self.allowed = allowed
        self.advice = advice
        self.details: dict[str, object] = dict(details or {})


class InvalidInput(MaiaError):
    """A value that can never be accepted, whatever the state of the calendar."""

    code = "invalid-input"
    title = "That input cannot be accepted"


class NotFound(MaiaError):
    """The thing that was named does not exist, or not for this user."""

    code = "not-found"
    title = "Not found"


class NotSignedIn(MaiaError):
    """No valid credentials came with the request."""

    code = "not-signed-in"
    title = "Sign in first"


class Forbidden(MaiaError):
    """The user is known and may not do this."""

    code = "forbidden"
    title = "You may not do this"


class Conflict(MaiaError):
    """The state of the world forbids it at present."""

    code = "conflict"
    title = "This does not go together with what is already there"


class Overbooked(Conflict):
    """The GPUs are taken over at least a part of the asked interval."""

    code = "overbooked"
    title = "Not enough free GPUs"


class InProgress(Conflict):
    """The same is being done at this moment."""

    code = "in-progress"
    title = "This is being done already"


class ChangedMeanwhile(Conflict):
    """What was to be changed is not what was seen any more; ``details["changes"]`` says what became of it."""

    code = "changed-meanwhile"
    title = "It was changed meanwhile"


class IllegalTransition(Conflict):
    """A booking was asked to make a move that its state does not allow."""

    code = "illegal-transition"
    title = "The booking is in a state that does not allow this"


class Refused(MaiaError):
    """A policy refused a booking; ``details["refusals"]`` lists every rule that did."""

    code = "refused"
    title = "The booking rules refuse this"


class TooMany(MaiaError):
    """More was asked than one may; ``details["retry_after"]`` is after how many seconds it may be asked again."""

    code = "too-many-requests"
    title = "Too much at a time"


class Unavailable(MaiaError):
    """A part of the platform that is needed does not answer now."""

    code = "unavailable"
    title = "Not available at the moment"


def faults(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the first of what a validator found wrong, ``loc`` and ``msg`` of each, in one line."""
    told = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}".removeprefix(": ") for each in found]
    return "; ".join(told[:_MOST_FAULTS])
