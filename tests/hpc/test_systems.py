"""Systems from files: presets, what a user writes over them, the two names of a folder, and errors by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.hpc import systemfiles
from maia_hub.hpc.systemfiles import load, load_all, parse, presets
from maia_hub.hpc.systems import Endpoint, System, on_control, on_transfer


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    systemfiles.home_folder().mkdir(parents=True)
    return systemfiles.home_folder()


def system(text: str, name: str = "test") -> System:
    return parse(text, name=name, where="test.yaml")


@pytest.mark.parametrize("name", ["alvis", "berzelius", "bianca", "dardel"])
def test_a_preset_needs_only_a_user_and_a_project_and_says_what_was_not_tried(name: str) -> None:
    found = system(f"preset: {name}\nuser: sven\nproject: sens2023598\n")
    assert name in presets()
    assert found.sources
    assert found.untried
    assert found.control is not None
    assert not {"{user}", "{project}"} & set(found.model_dump_json().split('"'))
    assert found.control.user in {"sven", "sven-sens2023598"}


def test_a_preset_that_needs_a_project_says_so() -> None:
    with pytest.raises(InvalidInput, match=r"test\.yaml: project must be said"):
        system("preset: bianca\nuser: sven\n")


def test_what_the_file_says_goes_before_its_preset() -> None:
    found = system("preset: alvis\nuser: ada\ntransfer: null\ngpus: {types: [T4]}\n")
    assert found.transfer is None
    assert found.files == found.control
    assert (found.gpus.types, found.gpus.type_required) == (("T4",), True)


def test_a_folder_has_its_own_name_on_the_endpoint_for_transfer() -> None:
    bianca = system("preset: bianca\nuser: sven\nproject: sens1\n").transfer
    assert bianca is not None
    inside = "/proj/sens1/nobackup/wharf/sven/sven-sens1/run/a b"
    assert on_transfer(bianca, inside) == "/sven-sens1/run/a b"
    assert on_control(bianca, "/sven-sens1/run/a b") == inside
    for outside in ("/proj/sens1/private", f"{inside}/../../../x", "/sven-sens1x", "relative"):
        assert on_transfer(bianca, outside) is None
    assert on_transfer(Endpoint(host="a"), "/anywhere") == "/anywhere"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("control:\n  host: a\n  prot: 22\n", r"line 3: control\.prot: Extra inputs"),
        ("control:\n  user: me\n", r"line 1: control\.host: Field required"),
        ("control:\n  host: a\npoll: 3\n", "line 3: poll"),
        ("control:\n  host: a\npoll: soon\n", "line 3: poll: must be a number with a unit"),
        ("control:\n  host: -oProxyCommand=x\n", r"line 2: control\.host: must be a host name"),
        ("control:\n  host: a\ncontrol:\n  host: b\n", "line 3: control stands there twice"),
        ("control: [\n", "line 2"),
        ("preset: nowhere\n", "line 1: there is no preset"),
        ("title: x\n", "needs an endpoint"),
        ("- a\n", "key: value"),
        ("control: {host: a, paths: [{control: x, transfer: /y}]}", "absolute"),
        ("control: &a {host: b, paths: [*a]}", "alias within itself"),
    ],
)
def test_an_error_names_the_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        system(text)


def test_the_users_own_file_goes_before_the_projects_and_a_broken_one_hides_no_other(
    home: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "both.yaml").write_text("control: {host: theirs}\n")
    (project / "only.yaml").write_text("control: {host: theirs}\n")
    (home / "both.yaml").write_text("control: {host: mine}\n")
    (home / "broken.yaml").write_bytes(b"control: \xff\n")
    found, broken = load_all(project=project)
    hosts = {each.system.name: each.system.control and each.system.control.host for each in found}
    assert hosts == {"both": "mine", "local": None, "only": "theirs"}
    assert [each.path.name for each in broken] == ["broken.yaml"]
    assert load("only", project=project).control == Endpoint(host="theirs")


def test_a_system_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(NotFound) as refused:
        load("dardel")
    assert refused.value.allowed == "local"
    assert "preset: dardel" in str(refused.value.advice)
