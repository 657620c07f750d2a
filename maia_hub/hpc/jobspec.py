"""What a job is: resources, surroundings and one command. Values are data; nothing in them is ever interpreted."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from maia_hub.client.times import parse_duration
from maia_hub.core.errors import InvalidInput, faults
from maia_hub.hpc.systems import Line

LONGEST_NAME = 128
"""Bytes of a job's name: Slurm's accounting cuts what is longer than 255, and the token stands at its end."""

_SIZE = re.compile(r"([1-9][0-9]{0,8})\s*([KMGT])(?:i?B)?\s*")
_OURS = frozenset(
    {
        "account",
        "array",
        "begin",
        "chdir",
        "clusters",
        "comment",
        "constraint",
        "cpus-per-task",
        "dependency",
        "error",
        "export",
        "gpus",
        "gpus-per-node",
        "gres",
        "input",
        "job-name",
        "mem",
        "nodes",
        "ntasks",
        "output",
        "parsable",
        "partition",
        "qos",
        "signal",
        "test-only",
        "time",
        "wait",
        "wrap",
    }
)


def _memory(value: Any) -> Any:
    """Write an amount of memory as Slurm has it: 16G; its units are powers of 1024, whatever they are called."""
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a whole number with a unit: 512M, 16G, 1T")
    return found[1] + found[2]


def _length(value: Any) -> Any:
    if not isinstance(value, str) or value.startswith("P"):
        return value  # an ISO duration, as these are written, is left to pydantic
    try:
        return parse_duration(value)
    except InvalidInput as e:
        raise ValueError(f"must be {e.allowed}") from e


def _known_length(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= timedelta(days=3650):
        raise ValueError("must be longer than nothing and shorter than ten years")
    return value


def _no_null(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not contain a null character")
    _encodable(value)
    return value


def _encodable(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as e:
        raise ValueError("must be text") from e
    return value


def _job_name(value: str) -> str:
    if len(_encodable(value).encode()) > LONGEST_NAME:
        raise ValueError(f"must be at most {LONGEST_NAME} bytes long")
    if value != value.strip():
        raise ValueError("must not begin or end with a space")
    return value


def _image(value: str) -> str:
    if value.startswith("-"):
        raise ValueError("must not begin with a dash: it would be an option")
    return value


def _bind_path(value: str) -> str:
    if not value.startswith("/") or set(value) & set(',:"\\'):
        raise ValueError("must be an absolute path without comma, colon, quote and backslash")
    return value


def _option_names(value: dict[str, str | None]) -> dict[str, str | None]:
    for name in value:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise ValueError(f"{name[:40]!r} is no long option of sbatch, written without its dashes")
        if name in _OURS:
            raise ValueError(f"{name} has a field of its own, or is set here already")
    return value


Text = Annotated[str, AfterValidator(_no_null)]
Name = Annotated[Line, Field(min_length=1), AfterValidator(_job_name)]
Memory = Annotated[str, BeforeValidator(_memory)]
Length = Annotated[timedelta, BeforeValidator(_length), AfterValidator(_known_length)]
Word = Annotated[Line, Field(min_length=1), AfterValidator(_encodable)]
BindPath = Annotated[Line, AfterValidator(_bind_path)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Array = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]+(-[0-9]+(:[0-9]+)?)?(,[0-9]+(-[0-9]+(:[0-9]+)?)?)*(%[1-9][0-9]*)?$"),
]
Dependency = Annotated[
    str,
    StringConstraints(
        pattern=r"^(singleton|after(any|ok|notok|corr|burstbuffer)?(:[0-9]+(_[0-9]+)?(\+[0-9]+)?)+)$"
    ),
]
SignalName = Annotated[str, StringConstraints(pattern=r"^(USR1|USR2|TERM|HUP|CONT|ALRM|URG|WINCH)$")]
GpuType = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bind(_Part):
    """A folder of the system that is seen in the container, under its own name unless another is given."""

    source: BindPath
    target: BindPath | None = None
    read_only: bool = False


class Image(_Part):
    """The container that the command runs in; the runtime is the system's."""

    image: Annotated[Word, AfterValidator(_image)]
    binds: tuple[Bind, ...] = ()


class EarlySignal(_Part):
    """The signal that a job gets some time before its end, to save what it has."""

    name: SignalName = "USR1"
    before: Length = timedelta(minutes=2)


class JobSpec(_Part):
    """A job. ``gpus`` counts them over all nodes; ``cpus`` are those of each task, ``memory`` is that of each node."""

    name: Name
    command: Annotated[tuple[Text, ...], Field(min_length=1)]
    time: Length | None = None
    nodes: Annotated[int, Field(ge=1)] = 1
    tasks: Annotated[int, Field(ge=1)] = 1
    cpus: Annotated[int, Field(ge=1)] | None = None
    memory: Memory | None = None
    gpus: Annotated[int, Field(ge=0)] = 0
    gpu_type: GpuType | None = None
    account: Word | None = None
    partition: Word | None = None
    qos: Word | None = None
    constraint: Word | None = None
    array: Array | None = None
    dependency: tuple[Dependency, ...] = ()
    signal: EarlySignal | None = None
    modules: tuple[Word, ...] = ()
    environment: dict[Variable, Text] = {}
    container: Image | None = None
    folder: Text | None = None
    """The folder the command runs in: absolute, or relative to the job's run folder, which it is without one."""
    code: Text | None = None
    """A folder there that the job gets as it is now, as ``code`` in its run folder, whatever becomes of it later."""
    options: Annotated[dict[str, Word | None], AfterValidator(_option_names)] = {}
    """Further long options of sbatch, such as reservation, without their dashes; None stands for no value."""


_FORMS = {
    "array": "must be numbers and ranges: 0-9, 1,3,5, 0-99%4",
    "dependency": "must be such as afterok:123, afterany:123:124 or singleton",
    "signal": "must be one of USR1, USR2, TERM, HUP, CONT, ALRM, URG, WINCH",
    "gpu_type": "must be letters, digits, dots, dashes and underscores",
    "environment": "must be a name of letters, digits and underscores that begins with no digit",
}
"""What a value has to look like that has a pattern, in words."""


def _said(error: ErrorDetails) -> str:
    if error["type"] == "string_pattern_mismatch":
        return _FORMS[str(error["loc"][0])]
    return error["msg"].removeprefix("Value error, ")


def job_spec(**values: Any) -> JobSpec:
    """Return a job, or raise InvalidInput that says what is wrong with each value."""
    try:
        return JobSpec.model_validate(values)
    except ValidationError as e:
        told = faults([{"loc": each["loc"], "msg": _said(each)} for each in e.errors()])
        raise InvalidInput(f"The job cannot be described like this: {told}.") from e
