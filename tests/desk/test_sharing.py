"""A start is told the folders of its user's groups, by names that no list can turn into a path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maia_hub.core.classes import Group
from maia_hub.core.ids import new_group_id
from maia_hub.core.sharing import folder_name
from maia_hub.desk import Actor
from tests.desk.lessons import TOM, changed, course
from tests.desk.office import ADA, BEN, EVE, Office


def test_members_have_their_groups_folder_and_staff_those_of_all_also_when_the_class_is_over(
    office: Office,
) -> None:
    made = course(office, ADA.user)
    first, second = made.groups[0], Group(id=new_group_id(), name="B", members=(BEN.user,))
    made = changed(office, made, groups=(first, second))

    def folders(who: Actor) -> set[object]:
        return {folder.group for folder in office.start(who, "cpu").folders}

    assert folders(ADA) == {first.id}
    assert folders(BEN) == {second.id}
    assert folders(Actor(TOM)) == {first.id, second.id}
    assert folders(EVE) == set()
    made = changed(office, made, ended=office.now)
    assert folders(ADA) == {first.id}
    changed(office, made, groups=(replace(first, members=()), second))
    assert folders(ADA) == set()


@pytest.mark.parametrize(
    ("name", "group", "shown"),
    [
        ("Deep learning", "A", "Deep-learning-A-"),
        ("../../etc", "/root/.ssh", "etc-root-ssh-"),
        ("Übung 1", "Gruppe „Süd“", "Ubung-1-Gruppe-Sud-"),
        ("深層学習", "一", ""),
        ("x" * 63, "y" * 63, f"{'x' * 40}-{'y' * 40}-"),
    ],
)
def test_a_folder_is_called_so_that_it_is_no_path_and_none_is_called_like_another(
    office: Office, name: str, group: str, shown: str
) -> None:
    made = replace(course(office, ADA.user), name=name)
    one, other = (Group(id=new_group_id(), name=group, members=()) for _ in range(2))
    assert folder_name(made, one) == f"{shown}{one.id.hex[:6]}"
    assert folder_name(made, one) != folder_name(made, other)
