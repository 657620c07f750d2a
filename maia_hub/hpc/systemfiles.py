"""Systems from YAML files: the user's own in ~/.maia/systems, those of a project, presets; errors name the line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.hpc.systems import System, fill_in, missing_names

LARGEST = 1 << 20
"""Bytes of a system's file; a larger one is none."""
LOCAL = System(name="local", title="Plain processes on this machine", scheduler="local", poll="2s")

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Found:
    """A system, and the file that it is from; None for what needs no file."""

    system: System
    path: Path | None


@dataclass(frozen=True)
class Broken:
    """A file that holds no system, and why."""

    path: Path
    error: InvalidInput


def home_folder() -> Path:
    """Return the folder of the user's own systems."""
    return Path.home() / ".maia" / "systems"


def presets() -> list[str]:
    """Return the names of the systems that are known already and only need a user and a project."""
    folder = resources.files("maia_hub.hpc") / "presets"
    return sorted(each.name.removesuffix(".yaml") for each in folder.iterdir() if each.name.endswith(".yaml"))


def load(name: str, *, project: Path | None = None) -> System:
    """Return a system by its name: the user's own before the project's.

    Raises NotFound if there is none, InvalidInput with file and line if its file is wrong.
    """
    for path in _files(project):
        if path.stem == name:
            return read(path)
    if name == LOCAL.name:
        return LOCAL
    advice = f"Write a file {home_folder() / f'{name}.yaml'} with the line: host, or preset: {name}"
    if name not in presets():
        advice = (
            f"Systems are files in {home_folder()}; a file may build on a preset: {', '.join(presets())}."
        )
    known = sorted({LOCAL.name, *(path.stem for path in _files(project))})
    raise NotFound(
        f"There is no system {name[:60]!r}.", given=name[:60], allowed=", ".join(known), advice=advice
    )


def load_all(*, project: Path | None = None) -> tuple[list[Found], list[Broken]]:
    """Return every system there is, and the files that hold none; one broken file does not hide the others."""
    found, broken = {LOCAL.name: Found(LOCAL, None)}, []
    seen = set()
    for path in _files(project):
        if path.stem in seen:
            continue
        seen.add(path.stem)
        try:
            found[path.stem] = Found(read(path), path)
        except InvalidInput as error:
            broken.append(Broken(path, error))
    return sorted(found.values(), key=lambda each: each.system.name), broken


def add(
    name: str,
    *,
    preset: str = "",
    host: str = "",
    user: str = "",
    project: str = "",
    account: str = "",
    time: str = "",
) -> Found:
    """Write the file of a new system of the user's own, by a preset or a login node; nothing that is there is replaced.

    Raises InvalidInput, and writes nothing, if that is no system or there is one of that name.
    """
    if not _NAME.fullmatch(name) or name == LOCAL.name:
        raise InvalidInput(
            f"{name[:60]!r} is no name for a system.",
            given=name[:60],
            allowed="small letters, digits, - and _, with a letter or digit first; not local",
            advice="Use small letters, digits, - and _.",
        )
    defaults = {key: value for key, value in (("account", account), ("time", time)) if value}
    own: dict[str, Any] = {"preset": preset, "user": user, "project": project} if preset else {}
    if host or not preset:
        own["control"] = {key: value for key, value in (("host", host), ("user", user)) if value}
    own["defaults"] = defaults
    text = yaml.safe_dump({key: value for key, value in own.items() if value}, sort_keys=False)
    path = home_folder() / f"{name}.yaml"
    system = parse(text, name=name, where=str(path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        path.touch(0o600, exist_ok=False)
    except FileExistsError as e:
        raise InvalidInput(
            f"There is a system {name} already: {path}", advice="Choose another name, or change that file."
        ) from e
    path.write_text(text)
    return Found(system, path)


def read(path: Path) -> System:
    """Read one file; the system has the file's name. Raises InvalidInput with the line that is wrong."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        text = raw.decode()
    except OSError as e:
        raise InvalidInput(f"{path} cannot be read: {e.strerror}.") from e
    except UnicodeDecodeError as e:
        raise InvalidInput(f"{path} is not UTF-8 text.") from e
    if len(raw) > LARGEST:
        raise InvalidInput(f"{path} is too long to be a system's file.")
    return parse(text, name=path.stem, where=str(path))


def parse(text: str, *, name: str, where: str) -> System:
    """Read a system from YAML text; ``where`` is how errors call it."""
    data, lines = _document(text, where)
    own = data
    if "preset" in own:
        own = _merged(
            _preset(str(own["preset"]), where, lines), {k: v for k, v in own.items() if k != "preset"}
        )
    names = {each: str(own[each]) for each in ("user", "project") if own.get(each) is not None}
    own = fill_in({"name": name, **own}, names)
    missing = sorted(missing_names(own))
    if missing:
        raise InvalidInput(
            f"{where}: {' and '.join(missing)} must be said.", advice=f"Add a line: {missing[0]}: …"
        )
    try:
        return System.model_validate(own)
    except ValidationError as e:
        raise InvalidInput("\n".join(_told(where, each, lines) for each in e.errors()[:5])) from e


def _told(where: str, fault: Mapping[str, Any], lines: Mapping[_Where, int]) -> str:
    """Say one fault with the line of what it is about, or of the nearest thing around it that has one."""
    loc = tuple(fault["loc"])
    at = loc
    while at not in lines and at:
        at = at[:-1]
    named = ".".join(map(str, loc)) or "the system"
    said = str(fault["msg"]).removeprefix("Value error, ")
    line = f", line {lines[at]}" if at in lines else ""
    return f"{where}{line}: {named}: {said}"


def _files(project: Path | None) -> Iterator[Path]:
    for folder in filter(None, (home_folder(), project)):
        try:
            yield from sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as e:
            raise InvalidInput(f"The folder {folder} cannot be read: {e.strerror}.") from e


def _preset(name: str, where: str, lines: Mapping[_Where, int]) -> dict[str, Any]:
    if name not in presets():
        raise InvalidInput(
            f"{where}, line {lines.get(('preset',), 1)}: there is no preset {name[:60]!r}.",
            allowed=", ".join(presets()),
        )
    text = (resources.files("maia_hub.hpc") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
    return _document(text, name)[0]


def _merged(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``under`` with what ``over`` says in its place; folders of values are merged, lists replaced."""
    merged = dict(under)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _document(text: str, where: str) -> tuple[dict[str, Any], dict[_Where, int]]:
    """Return the mapping that a YAML text holds, and the line of each thing in it, counted from 1."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[_Where, int] = {}
        if node is not None:
            _walk(node, (), lines, where, set())
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as e:
        line = f", line {e.problem_mark.line + 1}" if e.problem_mark else ""
        raise InvalidInput(f"{where}{line}: {e.problem or 'not YAML'}.") from e
    except yaml.YAMLError as e:
        raise InvalidInput(f"{where} is not YAML.") from e
    if not isinstance(data, dict):
        raise InvalidInput(f"{where}: a system is written as lines of the form key: value.")
    return {str(key): value for key, value in data.items()}, lines


def _walk(node: yaml.Node, at: _Where, lines: dict[_Where, int], where: str, within: set[int]) -> None:
    if id(node) in within:
        raise InvalidInput(f"{where}, line {node.start_mark.line + 1}: an alias within itself.")
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*at, str(key.value))
            if inner in lines:
                raise InvalidInput(
                    f"{where}, line {key.start_mark.line + 1}: {key.value} stands there twice."
                )
            lines[inner] = key.start_mark.line + 1
            _walk(value, inner, lines, where, within | {id(node)})
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _walk(value, (*at, number), lines, where, within | {id(node)})
