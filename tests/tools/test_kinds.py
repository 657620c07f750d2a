"""All kinds of tools: each does what it says of itself."""

from __future__ import annotations

import re
from string import Formatter
from textwrap import dedent
from typing import Any

import pytest

from maia_hub import tools
from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import ProjectId
from maia_hub.tools.kinds import kind_called, kinds
from maia_hub.tools.model import NAME, Credentials, Kind, Page, Tool

EACH = pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: str(kind.name))
KNOWN = {"url", "address", "host", "port", "token", "user", "secret", "extra"}


@EACH
def test_a_kind_has_a_name_that_may_be_part_of_an_address(kind: Kind) -> None:
    assert re.fullmatch(NAME, kind.name)
    assert kind.title
    assert kind_called(kind.name) is kind


@EACH
def test_a_kind_puts_into_environments_only_what_is_known_of_a_tool(kind: Kind) -> None:
    for name, template in kind.environment.items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", name)
        assert {re.split(r"\W", part)[0] for _, part, _, _ in Formatter().parse(template) if part} <= KNOWN


@EACH
def test_a_kind_signs_in_by_headers_and_says_whether_it_is_ready(kind: Kind) -> None:
    tool = _tool(kind)
    assert set(tool.headers("ada")) == set(kind.signs_in)
    assert kind.health or kind.static or kind.page is Page.OUTSIDE
    if kind.health:
        assert kind.health.path.startswith("/")
        assert kind.health.accepts


@EACH
def test_what_a_kind_needs_is_a_kind_that_there_is(kind: Kind) -> None:
    assert set(kind.needs) <= set(kinds())


@EACH
def test_paths_that_a_kind_names_are_below_its_address(kind: Kind) -> None:
    assert not [path for path in (*kind.only, *kind.assets) if path.startswith("/")]


def test_the_example_of_how_to_add_one_is_a_kind() -> None:
    _, _, after = (tools.__doc__ or "").partition("    # maia_hub/tools/kinds/grafana.py")
    found: dict[str, Any] = {}
    exec(dedent(after.partition("\nWith that")[0]), found)
    kind = found["KIND"]
    test_a_kind_puts_into_environments_only_what_is_known_of_a_tool(kind)
    test_a_kind_signs_in_by_headers_and_says_whether_it_is_ready(kind)
    test_paths_that_a_kind_names_are_below_its_address(kind)
    assert _tool(kind).headers() == {"Authorization": "Bearer hush"}


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidInput) as refused:
        kind_called("spreadsheet")
    assert refused.value.allowed == sorted(kinds())


def test_credentials_are_not_shown_by_accident() -> None:
    tool = _tool(kind_called("mlflow"))
    assert "hush" not in repr(tool)
    assert tool.headers() == {"Authorization": "Basic bWFpYTpodXNo"}


def test_a_tool_without_a_secret_is_signed_in_to_by_nothing() -> None:
    kind = kind_called("mlflow")
    tool = Tool(project=ProjectId("vision"), name="mlflow", kind=kind, title="MLflow", address="http://a:1")
    assert tool.headers() == {}


def test_a_kernel_finds_the_address_behind_the_door_and_its_own_token() -> None:
    url = "https://hub.example.org/services/maia-tools/vision/mlflow/"
    found = _tool(kind_called("mlflow")).environment(url, "t0ken", Credentials())
    assert found == {
        "MLFLOW_TRACKING_URI": url[:-1],
        "MLFLOW_TRACKING_TOKEN": "t0ken",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def _tool(kind: Kind) -> Tool:
    return Tool(
        project=ProjectId("vision"),
        name=kind.name,
        kind=kind,
        title=kind.title,
        address="http://127.0.0.1:4000/below",
        credentials=Credentials("maia", "hush"),
    )
