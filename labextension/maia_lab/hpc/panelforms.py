"""From what somebody filled in to a job."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobspec import JobSpec, job_spec

_PLAIN = ("memory", "gpu_type", "account", "partition", "array")
_NUMBERS = ("nodes", "cpus", "gpus")


def spec(form: Mapping[str, Any]) -> JobSpec:
    """Return the job that a form describes; a field left empty says nothing. Raises InvalidInput."""
    command = _text(form, "command")
    if not command:
        raise InvalidInput("A job needs a command.", allowed="what you would type into a shell")
    values: dict[str, Any] = {
        **mapping(form, "rest"),
        "name": _text(form, "name") or command.split()[0].rpartition("/")[2] or "job",
        "command": ["bash", "-c", command],
    }
    values |= {name: _text(form, name) for name in _PLAIN if _text(form, name)}
    values |= {name: number for name in _NUMBERS if (number := _number(form, name)) is not None}
    if _text(form, "time"):
        values["time"] = _text(form, "time")
    if form.get("modules"):
        values["modules"] = _words(form["modules"])
    if form.get("environment"):
        values["environment"] = _variables(form["environment"])
    if _text(form, "image"):
        values["container"] = {"image": _text(form, "image")}
    return job_spec(**values)


def _text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    if value is not None and not isinstance(value, (str, int)):
        raise InvalidInput(f"{name} is to be text.", given=str(value)[:60])
    return "" if value is None else str(value).strip()


def _number(form: Mapping[str, Any], name: str) -> int | None:
    text = _text(form, name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(f"{name} is to be a whole number.", given=text[:60])
    return int(text)


def mapping(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the object that stands under a name, an empty one if there is none; InvalidInput for anything else."""
    value = given.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(f"{name} is to be an object.", given=str(value)[:60])
    return dict(value)


def _words(given: object) -> list[str]:
    if isinstance(given, list):
        return [str(each) for each in given]
    if not isinstance(given, str):
        raise InvalidInput("modules are to be words.", given=str(given)[:60])
    return given.split()


def _variables(given: object) -> dict[str, str]:
    """Read NAME=value, one a line, quoted as in a shell or not."""
    if isinstance(given, dict):
        return {str(name): str(value) for name, value in given.items()}
    found = {}
    for line in filter(None, map(str.strip, str(given).splitlines())):
        name, equals, value = line.partition("=")
        if not equals:
            raise InvalidInput(f"{line[:60]!r} sets no variable.", allowed="NAME=value, one a line")
        try:
            words = shlex.split(value)
        except ValueError:
            words = [value]
        found[name.strip()] = words[0] if len(words) == 1 and value[:1] in {"'", '"'} else value
    return found
