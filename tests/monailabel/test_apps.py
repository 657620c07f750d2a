"""What MONAI Label is to serve is checked before anything starts: a bad app is told of by its file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel import apps
from maia_hub.monailabel.environment import Environment

GOOD = "from monailabel.interfaces.app import MONAILabelApp\n\n\nclass MyApp(MONAILabelApp):\n    pass\n"
SPLEEN = "class SegmentationSpleen(TaskConfig):\n    pass\n"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """The sample apps of an environment, with two models."""
    found = Environment(tmp_path / "environment")
    configs = found.apps / "radiology" / "lib" / "configs"
    configs.mkdir(parents=True)
    (configs / "__init__.py").touch()
    (configs / "segmentation_spleen.py").write_text(SPLEEN)
    (configs / "deepedit.py").write_text("class DeepEdit(lib.TaskConfig): pass\n")
    (found.apps / "radiology" / "main.py").write_text(GOOD)
    (found.apps / "monaibundle").mkdir()
    (found.apps / "monaibundle" / "main.py").write_text(GOOD)
    return found


def test_the_app_for_radiology_is_served_without_fetching_anything(
    environment: Environment, tmp_path: Path
) -> None:
    app = apps.radiology(environment, ["segmentation_spleen", "deepedit"], tmp_path / "apps")
    assert app.settings == {
        "models": "segmentation_spleen,deepedit",
        "use_pretrained_model": "false",
        "sam2": "false",
    }
    weighted = apps.radiology(environment, ["deepedit"], tmp_path / "apps", weights=True)
    assert weighted.settings["use_pretrained_model"] == "true"


@pytest.mark.parametrize("models", [[], ["segmentation_spleen", "liver"]], ids=["none", "unknown"])
def test_a_model_that_does_not_exist_is_refused_with_those_that_do(
    environment: Environment, tmp_path: Path, models: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        apps.radiology(environment, models, tmp_path)
    assert refused.value.allowed == ["deepedit", "segmentation_spleen"]
    assert "segmentation_spleen" not in (refused.value.given or "")  # type: ignore[operator]


def test_a_copy_gets_new_code_and_keeps_what_was_trained(environment: Environment, tmp_path: Path) -> None:
    app = apps.radiology(environment, ["deepedit"], tmp_path / "apps")
    apps.lay_out(app)
    trained = app.folder / "model" / "deepedit.pt"
    trained.write_bytes(b"weights")
    (app.folder / "lib" / "left.py").touch()
    (app.folder / "main.py").write_text("older")
    apps.lay_out(app)
    assert trained.read_bytes() == b"weights"
    assert (app.folder / "main.py").read_text() == GOOD
    assert not (app.folder / "lib" / "left.py").exists()
    assert (app.folder / "bin" / "itkimage2segimage").stat().st_mode & 0o100


def test_a_bundle_is_served_where_it_is_and_no_zoo_is_asked(environment: Environment, tmp_path: Path) -> None:
    folder = _bundle(tmp_path)
    assert apps.is_bundle(folder)
    app = apps.bundle(environment, folder, tmp_path / "apps")
    assert app.settings == {"models": "spleen", "zoo_source": "ngc", "sam2": "false"}
    for _ in range(2):
        apps.lay_out(app)
    assert (app.folder / "model" / "spleen").resolve() == folder


def test_a_bundle_with_a_wrong_line_says_which(environment: Environment, tmp_path: Path) -> None:
    folder = _bundle(tmp_path)
    (folder / "configs" / "metadata.json").write_text('{\n"version": 1,\n}')
    with pytest.raises(InvalidInput, match="JSON") as refused:
        apps.bundle(environment, folder, tmp_path)
    assert "metadata.json, line 3" in str(refused.value.given)


@pytest.mark.parametrize("lacks", ["metadata.json", "inference.json"])
def test_a_folder_that_is_no_bundle_is_refused(environment: Environment, tmp_path: Path, lacks: str) -> None:
    folder = _bundle(tmp_path)
    (folder / "configs" / lacks).unlink()
    with pytest.raises(InvalidInput, match="no MONAI bundle"):
        apps.bundle(environment, folder, tmp_path)


def test_an_own_app_is_served_where_it_is_and_not_run_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(f"raise SystemExit('it was run')\n{GOOD}")
    app = apps.own(tmp_path, ["one", "two"])
    assert app.folder == tmp_path
    assert app.settings["models"] == "one,two"
    (tmp_path / "main.py").write_text("from lib.app import Mine\n")
    assert apps.own(tmp_path).sample is None


def test_an_own_app_that_is_no_python_says_the_line(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import os\n\nclass MyApp(:\n")
    with pytest.raises(InvalidInput) as refused:
        apps.own(tmp_path)
    assert str(refused.value.given).startswith(f"{tmp_path / 'main.py'}, line 3: ")


def test_hostile_bytes_and_missing_files_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read") as missing:
        apps.own(tmp_path / "nowhere")
    assert "No such file" in str(missing.value.given)
    (tmp_path / "main.py").write_bytes(b"\xff\xfe\x00 class")
    with pytest.raises(InvalidInput, match="no Python"):
        apps.own(tmp_path)
    (tmp_path / "main.py").write_text("class MyApp:\n    pass\n")
    with pytest.raises(InvalidInput, match="derived from MONAILabelApp"):
        apps.own(tmp_path)


def _bundle(tmp_path: Path) -> Path:
    configs = tmp_path / "spleen" / "configs"
    configs.mkdir(parents=True)
    for name in ("metadata.json", "inference.json"):
        (configs / name).write_text(json.dumps({"version": "0.1.0"}))
    return tmp_path / "spleen"
