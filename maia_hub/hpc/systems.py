"""What a system is: where it is reached, where files go, how it wants GPUs asked for, what holds if nothing is said.

The endpoint for control runs commands, the one for transfer moves files; they may be one, two, or one of them may
be missing: a system that is only reached by files, or only by commands. A path means the same folder on both, or is
mapped. Names in braces in a preset, {user} and {project}, are filled in from the system's own file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from maia_hub.client.times import parse_duration
from maia_hub.core.errors import InvalidInput

GpuRequest = Literal["gpus", "gpus-per-node", "gres", "whole-nodes"]
"""How a system wants GPUs asked for: ``--gpus=N``, ``--gpus-per-node=[TYPE:]N``, ``--gres=gpu:[TYPE:]N``, or not at
all, since whoever gets a node has every GPU of it."""
Runtime = Literal["apptainer", "singularity", "pyxis"]

SystemName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_BRACES = re.compile(r"\{(user|project)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _no_control(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must be one line without control characters")
    return value


def _host(value: str) -> str:
    if not value or value.startswith("-") or any(each.isspace() for each in value):
        raise ValueError("must be a host name, or a name from ~/.ssh/config, and no option")
    return value


def _duration(value: str) -> str:
    try:
        parse_duration(value)
    except InvalidInput as e:
        raise ValueError(f"must be {e.allowed}") from e
    return value


def _absolute(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("must be an absolute path")
    return str(PurePosixPath(value))


Line = Annotated[str, AfterValidator(_no_control)]
Duration = Annotated[str, AfterValidator(_duration)]
Folder = Annotated[Line, AfterValidator(_absolute)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PathMapping(_Part):
    """A folder that both endpoints reach, by the name that each has for it."""

    control: Folder
    transfer: Folder


class Endpoint(_Part):
    """A host reached by SSH; what ``~/.ssh/config`` says of it holds, and what stands here goes before it."""

    host: Annotated[Line, AfterValidator(_host)]
    user: Annotated[Line, AfterValidator(_host)] | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    files_only: bool = False
    """Only sftp: no command can be run there."""
    one_connection: bool = False
    """The code that signs in serves once: a second connection needs a new one, so none is opened in the background."""
    second_prompt: bool = False
    """A second password is asked for behind the first, by the machine that lies behind the one reached."""
    from_address: bool = False
    """Keys are tied to the address that one comes from."""
    paths: tuple[PathMapping, ...] = ()
    """Folders that have another name there than on the endpoint for control; with some, only these are reached."""


class Gpus(_Part):
    """How GPUs are asked for."""

    request: GpuRequest = "gpus-per-node"
    vendor: Literal["nvidia", "amd"] = "nvidia"
    types: tuple[Line, ...] = ()
    """Names of the kinds that may be asked for; empty: any name is passed on."""
    type_required: bool = False
    per_node: int | None = Field(default=None, ge=1)
    partition: Line | None = None
    """The partition of jobs with GPUs, unless the job names one."""
    constraint: Line | None = None
    """The constraint of jobs with GPUs, unless the job names one."""


class Container(_Part):
    """The container runtime, and the modules that bring it."""

    runtime: Runtime
    modules: tuple[Line, ...] = ()


class Defaults(_Part):
    """What holds for a job that says nothing else."""

    account: Line | None = None
    partition: Line | None = None
    qos: Line | None = None
    constraint: Line | None = None
    time: Duration | None = None
    modules: tuple[Line, ...] = ()


class System(_Part):
    """A machine that jobs run on."""

    name: SystemName
    title: Line = ""
    scheduler: Literal["slurm", "local"] = "slurm"
    user: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9._-]*$")] | None = None
    project: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] | None = None
    control: Endpoint | None = None
    transfer: Endpoint | None = None
    work: Line = "maia-jobs"
    """Where the run folders of jobs are made, on the endpoint for control; relative to the home there."""
    account_required: bool = False
    gpus: Gpus = Gpus()
    container: Container | None = None
    defaults: Defaults = Defaults()
    poll: Duration = "30s"
    """How long the scheduler is left alone between two questions about all jobs."""
    sources: tuple[Line, ...] = ()
    """Where what stands here is documented."""
    untried: tuple[Line, ...] = ()
    """What could not be tried on the system itself."""

    @model_validator(mode="after")
    def _reachable(self) -> System:
        if self.scheduler == "slurm" and self.control is None and self.transfer is None:
            raise ValueError("needs an endpoint, control or transfer, unless its scheduler is local")
        if self.control is not None and self.control.files_only:
            raise ValueError("control runs commands: files_only belongs to transfer")
        return self

    @property
    def files(self) -> Endpoint | None:
        """Return the endpoint that files go by: the one for transfer, otherwise the one for control."""
        return self.transfer or self.control


def on_transfer(endpoint: Endpoint, path: str) -> str | None:
    """Return the transfer endpoint's name of a path of the control endpoint, None if it does not reach it."""
    return _mapped(path, [(each.control, each.transfer) for each in endpoint.paths])


def on_control(endpoint: Endpoint, path: str) -> str | None:
    """Return the control endpoint's name of a path of the transfer endpoint, None if it does not reach it."""
    return _mapped(path, [(each.transfer, each.control) for each in endpoint.paths])


def _mapped(path: str, pairs: list[tuple[str, str]]) -> str | None:
    if not pairs:
        return path
    asked = PurePosixPath(path)
    if ".." in asked.parts:
        return None
    for old, new in sorted(pairs, key=lambda pair: len(PurePosixPath(pair[0]).parts), reverse=True):
        if asked == PurePosixPath(old) or PurePosixPath(old) in asked.parents:
            return str(PurePosixPath(new) / asked.relative_to(old))
    return None


def fill_in(data: Any, names: Mapping[str, str]) -> Any:
    """Return data from a file with {user} and {project} filled in; braces without a name to fill in stay."""
    if isinstance(data, str):
        return _BRACES.sub(lambda found: names.get(found[1], found[0]), data)
    if isinstance(data, list):
        return [fill_in(each, names) for each in data]
    if isinstance(data, dict):
        return {key: fill_in(value, names) for key, value in data.items()}
    return data


def missing_names(data: Any) -> set[str]:
    """Return the names in braces that nothing was filled in for."""
    if isinstance(data, str):
        return set(_BRACES.findall(data))
    if isinstance(data, list):
        return set().union(*map(missing_names, data))
    if isinstance(data, dict):
        return set().union(*map(missing_names, data.values()))
    return set()
