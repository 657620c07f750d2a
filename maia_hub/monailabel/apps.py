"""Apps of MONAI Label: the one for radiology, a MONAI bundle, a folder of one's own; checked before anything starts.

What is read here is not run: whether an app can really be imported shows in MONAI Label's own process.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel.environment import Environment

RADIOLOGY = "radiology"
_BUNDLES = "monaibundle"
_BASE = "MONAILabelApp"
_CONFIGS = "configs"
_ENOUGH = ("inference.json", "inference.yaml", "inference.yml")
_TOOL = (
    "itkimage2segimage"  # MONAI Label would fetch it from outside; labels are written by `maia_hub.imaging`
)


@dataclass(frozen=True, slots=True)
class App:
    """An app that may be served: ``settings`` are MONAI Label's ``--conf``.

    ``sample`` is the folder of a sample app, which is copied for each user; None: ``folder`` is served where it is.
    """

    name: str
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    sample: Path | None = None
    bundle: Path | None = None


def radiology(
    environment: Environment, models: Sequence[str], home: Path, *, weights: bool = False, own: str = ""
) -> App:
    """Return the app for radiology with some of its models; ``home`` is where the user's copies live.

    ``own`` names a copy, and so the files of its models, apart from the usual one.

    Raises:
        InvalidInput: no model, or one that it does not have.
    """
    sample, known = environment.apps / RADIOLOGY, radiology_models(environment)
    wrong = [name for name in models if name not in known]
    if wrong or not models:
        raise InvalidInput(
            "The app for radiology has no such model." if wrong else "Say which models are to be served.",
            given=", ".join(wrong)[:200] or None,
            allowed=known,
        )
    settings = _settings(models=",".join(models), use_pretrained_model=_word(weights))
    return App(RADIOLOGY, home / (f"{RADIOLOGY}-{own}" if own else RADIOLOGY), settings, sample=sample)


def radiology_models(environment: Environment) -> list[str]:
    """Return the names of the models that the app for radiology has."""
    return sorted(_models(environment.apps / RADIOLOGY / "lib" / _CONFIGS))


def bundle(environment: Environment, folder: Path, home: Path) -> App:
    """Return the app that serves a MONAI bundle of the user's, which is a folder with ``configs``.

    Raises:
        InvalidInput: it is none; says which file lacks, or in which line one is wrong.
    """
    configs = folder / _CONFIGS
    _json(configs / "metadata.json")
    found = [configs / name for name in _ENOUGH if (configs / name).is_file()]
    if not found:
        raise InvalidInput(
            "This is no MONAI bundle.", given=str(folder), allowed=f"a folder with {_CONFIGS}/{_ENOUGH[0]}"
        )
    if found[0].suffix == ".json":
        _json(found[0])
    name = folder.resolve().name
    sample = environment.apps / _BUNDLES
    settings = _settings(
        models=name, zoo_source="ngc"
    )  # the other source is asked over the network even for a folder
    return App(name, home / f"bundle-{name}", settings, sample=sample, bundle=folder.resolve())


def is_bundle(folder: Path) -> bool:
    """Tell whether a folder is meant to be a MONAI bundle: it has its ``configs``, and no app of its own."""
    return (folder / _CONFIGS).is_dir() and not (folder / "main.py").exists()


def own(folder: Path, models: Sequence[str] = (), *, weights: bool = False) -> App:
    """Return a user's own app: a folder with a ``main.py`` that has a class derived from ``MONAILabelApp``.

    Raises:
        InvalidInput: it is none; says in which file and line.
    """
    main = folder / "main.py"
    tree = _parsed(main)
    derived = [
        node for node in tree.body if isinstance(node, ast.ClassDef) and _BASE in map(_called, node.bases)
    ]
    if not derived and not _imported(tree):
        raise InvalidInput(
            f"The app has no class that is derived from {_BASE}.",
            given=str(main),
            advice=f"MONAI Label looks for it in main.py: class MyApp({_BASE}).",
        )
    settings = _settings(
        use_pretrained_model=_word(weights), **({"models": ",".join(models)} if models else {})
    )
    return App(folder.resolve().name, folder.resolve(), settings)


def lay_out(app: App) -> None:
    """Bring an app to where it is served from; what has been trained there stays."""
    if app.sample is not None:
        _copy(app.sample, app.folder)
    for name in ("model", "bin"):
        (app.folder / name).mkdir(parents=True, exist_ok=True)
    if app.bundle is not None:
        link = app.folder / "model" / app.bundle.name
        if link.is_symlink():
            link.unlink()
        link.symlink_to(app.bundle, target_is_directory=True)
    tool = app.folder / "bin" / _TOOL
    if not tool.exists():
        tool.write_text("#!/bin/sh\necho 'Labels are written by MAIA Hub.' >&2\nexit 1\n", encoding="utf-8")
        tool.chmod(0o700)


def _copy(sample: Path, folder: Path) -> None:
    """Copy a sample app's code, whole; an older copy's code is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sample.iterdir():
        if source.name == "__pycache__":
            continue
        if source.is_dir():
            shutil.rmtree(folder / source.name, ignore_errors=True)
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / source.name)


def _settings(**more: str) -> dict[str, str]:
    return {"sam2": "false", **more}


def _word(true: bool) -> str:
    return "true" if true else "false"


def _models(configs: Path) -> list[str]:
    """Return the names of the models of an app that lays them out as the one for radiology does."""
    return [path.stem.lower() for path in configs.glob("*.py") if _has_config(path)]


def _has_config(path: Path) -> bool:
    return any(
        isinstance(node, ast.ClassDef) and "TaskConfig" in map(_called, node.bases)
        for node in _parsed(path).body
    )


def _imported(tree: ast.Module) -> bool:
    """Tell whether it imports classes of its own, one of which may be the app."""
    return any(
        isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lib") for node in tree.body
    )


def _called(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), str(path))
    except (OSError, IsADirectoryError) as e:
        raise InvalidInput(
            "The app cannot be read.",
            given=f"{path}: {e.strerror}",
            allowed="a folder with a main.py",
        ) from e
    except (SyntaxError, ValueError) as e:
        line = f", line {e.lineno}: {e.msg}" if isinstance(e, SyntaxError) else f": {e}"
        raise InvalidInput("The app is no Python.", given=f"{path}{line}") from e


def _json(path: Path) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise InvalidInput("This is no MONAI bundle.", given=f"{path}: {e.strerror}") from e
    except json.JSONDecodeError as e:
        raise InvalidInput("The bundle's JSON is wrong.", given=f"{path}, line {e.lineno}: {e.msg}") from e
    except ValueError as e:
        raise InvalidInput("The bundle's JSON is wrong.", given=f"{path}: {e}") from e
    if not isinstance(found, dict):
        raise InvalidInput("The bundle's JSON is wrong.", given=str(path), allowed="an object")
