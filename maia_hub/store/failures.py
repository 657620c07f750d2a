"""What the database refuses or fails with, as the domain's errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection

from maia_hub.core.errors import Conflict, InvalidInput, Overbooked, Unavailable
from maia_hub.store import guards

_FULL = "database or disk is full"
"""SQLite's words for SQLITE_FULL: the last page of the change, which makes it count, did not find room."""
_UNCHANGED = "Nothing was changed. Try again; tell the administrator if it stays so"


@contextmanager
def translated(look_at: str) -> Iterator[None]:
    """Turn what the database refuses before a commit into the domain's errors; ``look_at`` is for the administrator."""
    try:
        yield
    except IntegrityError as e:
        if guards.OVERBOOKED in str(e.orig):
            raise Overbooked("The GPUs are taken.", advice="Choose another time, or fewer GPUs.") from e
        raise Conflict("The database refused this, for it contradicts what is already there.") from e
    except DataError as e:
        raise InvalidInput(
            "The database cannot keep a value of that length or kind.", advice="Give a shorter, plain one."
        ) from e
    except (DBAPIError, NoConnection) as e:
        raise Unavailable(
            "The booking database cannot be used at the moment.", advice=f"{_UNCHANGED} {look_at}."
        ) from e


@contextmanager
def committing(look_at: str) -> Iterator[None]:
    """Turn a commit that was not answered into an error that does not claim to know how it ended."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as e:
        if _FULL in str(e.orig):
            raise
        raise Unavailable(
            "The booking database did not say whether it took the change.",
            advice=f"Look whether it was made before you try again {look_at}.",
        ) from e
