"""Tools that run elsewhere, as the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import ProjectId
from maia_hub.tools.model import RESERVED
from maia_hub.tools.settings import OutsideTool, OutsideTools

VISION = ProjectId("vision")
ADDRESS = "https://mlflow.example.org/tracking/"


def test_a_tool_of_the_settings_is_reached_where_they_say(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    said = {"kind": "mlflow", "address": ADDRESS, "user": "hub", "secret_file": str(secret)}
    read = TypeAdapter(OutsideTools).validate_python({"vision": {"runs": said}})
    tool = read[VISION]["runs"].tool(VISION, "runs")
    assert (tool.address, tool.title, tool.local) == (ADDRESS[:-1], "MLflow", False)
    assert tool.credentials.secret == "hush"


def test_a_link_keeps_its_address_as_it_is_written() -> None:
    tool = OutsideTool.model_validate({"kind": "link", "address": "https://wiki.example.org/a/"}).tool(
        VISION, "wiki"
    )
    assert tool.address == "https://wiki.example.org/a/"


@pytest.mark.parametrize("name", RESERVED)
def test_no_tool_is_called_as_the_doors_own_pages_are(name: str) -> None:
    said = {"api": {name: {"kind": "mlflow", "address": ADDRESS}}}
    with pytest.raises(ValidationError, match="choose another name"):
        TypeAdapter(OutsideTools).validate_python(said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"kind": "spreadsheet"}, "there is no 'spreadsheet'; there are"),
        ({"address": "https://ada:hush@mlflow.example.org"}, "fields of their own"),
        ({"secret": "a", "secret_file": "/run/secret"}, "not both"),
        ({"secret_file": "secret"}, "absolute"),
        ({"password": "hush"}, "Extra inputs"),
        ({"address": "file:///etc/passwd"}, "http"),
    ],
)
def test_what_cannot_be_meant_is_refused(said: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        OutsideTool.model_validate({"kind": "mlflow", "address": ADDRESS, **said})


@pytest.mark.parametrize("name", ["", "A", "a/b", "..", "a" * 31])
def test_a_name_that_may_not_be_part_of_an_address_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(OutsideTools).validate_python({"vision": {name: {"kind": "mlflow", "address": ADDRESS}}})


def test_a_secret_is_not_shown_by_accident() -> None:
    tool = OutsideTool.model_validate({"kind": "mlflow", "address": ADDRESS, "secret": "hush"})
    assert "hush" not in f"{tool!r} {tool.model_dump_json()}"


def test_a_file_of_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    tool = OutsideTool.model_validate(
        {"kind": "mlflow", "address": ADDRESS, "secret_file": tmp_path / "gone"}
    )
    with pytest.raises(InvalidInput) as told:
        tool.tool(VISION, "runs")
    assert told.value.given == str(tmp_path / "gone")
