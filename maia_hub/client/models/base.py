"""What the shapes have in common."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Kind = Literal["booked", "opportunistic", "cpu"]


class Request(BaseModel):
    """What is asked for: an unknown field is an error, not silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What is answered: an unknown field is passed over, so that an older client understands a newer service."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _dated(value: object) -> object:
    """Refuse a bare number such as 20300101, which would be read as so many seconds after 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _DATED.match(value)):
        return value
    raise PydanticCustomError("datetime_parsing", "Input should be a date and a time")


Moment = Annotated[AwareDatetime, BeforeValidator(_dated)]
"""A time as it is asked for: ISO 8601 with its UTC offset."""

Name = Annotated[str, Field(max_length=255)]
Note = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]
