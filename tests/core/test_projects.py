"""Groups say who is in which project, and as what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.errors import Forbidden, InvalidInput
from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId
from maia_hub.core.projects import Naming, Projects, Role, meant, require_member, without_office

MEMBER, LEAD, STEWARD = Role.MEMBER, Role.LEAD, Role.STEWARD
VISION = ProjectId("vision")
names = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("group", "read"),
    [
        ("MAIA:vision", (VISION, MEMBER)),
        ("MAIA:vision:lead", (VISION, LEAD)),
        ("MAIA:vision:steward", (VISION, STEWARD)),
        ("MAIA:Brain_2.0-b", ("Brain_2.0-b", MEMBER)),
        ("MAIA:vision:other", None),
        ("maia:vision", None),
        ("MAIA:", None),
        ("MAIA:-vision", None),
        ("MAIA:vision\n", None),
        ("MAIA:../vision/..", None),
        (f"MAIA:{'v' * 64}", None),
        ("vision", None),
    ],
)
def test_a_group_belongs_to_a_project_by_its_name(group: str, read: object) -> None:
    assert Naming().read(group) == read


@given(names, st.sampled_from(list(Role)))
def test_what_a_pattern_writes_it_reads(name: str, role: Role) -> None:
    naming = Naming("/hospital/{project}", "/hospital/{project}/leads", "/hospital/{project}/stewards")
    assert naming.read(getattr(naming, role.value).replace("{project}", name)) == (name, role)


@given(st.text())
def test_any_text_may_be_a_groups_name(group: str) -> None:
    read = Naming(member="{project}").read(group)
    assert read is None or group.startswith((read[0], "MAIA:"))


def test_an_office_in_a_groups_name_goes_before_a_project_that_is_called_so() -> None:
    assert Naming("{project}", "{project}-lead").read("vision-lead") == (VISION, LEAD)


@pytest.mark.parametrize(
    "patterns", [("vision", "{project}-l", "{project}-s"), ("{project}", "{project}", "{project}-s")]
)
def test_patterns_that_do_not_tell_projects_and_offices_apart_are_refused(
    patterns: tuple[str, str, str],
) -> None:
    with pytest.raises(InvalidInput, match="which group is which"):
        Naming(*patterns)


def test_whoever_has_an_office_in_a_project_is_a_member_of_it() -> None:
    found = Projects().of(["MAIA:vision:lead", "staff", "MAIA:ears", "MAIA:vision:steward"])
    assert found == {"ears": {MEMBER}, "vision": {MEMBER, LEAD, STEWARD}}
    assert list(found) == ["ears", "vision"]
    assert without_office(found) == {"ears": {MEMBER}, "vision": {MEMBER}}


def test_whoever_is_in_no_project_has_the_default_one_if_the_site_has_it() -> None:
    assert Projects().of(["staff"]) == {DEFAULT_PROJECT: {MEMBER}}
    assert Projects(default=False).of(["staff"]) == {}
    assert DEFAULT_PROJECT not in Projects().of(["MAIA:vision"])


def test_a_project_of_others_is_refused_with_the_own_ones() -> None:
    require_member(Projects().of(["MAIA:vision"]), VISION)
    with pytest.raises(Forbidden, match="not a member of the project “ears”") as told:
        require_member(Projects().of(["MAIA:vision"]), ProjectId("ears"))
    assert told.value.allowed == ["vision"]
    with pytest.raises(Forbidden, match="in no project"):
        require_member({}, DEFAULT_PROJECT)


def test_who_is_in_one_project_need_not_name_it() -> None:
    one, two = Projects().of(["MAIA:vision"]), Projects().of(["MAIA:vision", "MAIA:ears"])
    assert meant(one, None) == meant(two, VISION) == VISION
    assert meant(Projects().of([]), None) == DEFAULT_PROJECT
    with pytest.raises(InvalidInput, match="several projects") as told:
        meant(two, None)
    assert told.value.allowed == ["ears", "vision"]
    with pytest.raises(Forbidden):
        meant(one, DEFAULT_PROJECT)
    with pytest.raises(Forbidden, match="in no project"):
        meant({}, None)
