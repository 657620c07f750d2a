"""Folders that the members of a class's group have in common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maia_hub.core.classes import Class, Group
from maia_hub.core.ids import GroupId, UserName

_LONGEST = 40
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """The folder of a group: the group's id says where its files are, ``name`` is how people find it in their home."""

    group: GroupId
    name: str


def shared_by(classes: Sequence[Class], user: UserName) -> list[SharedFolder]:
    """Return the folders of somebody: that of her group of each class, those of all groups for the staff."""
    return [
        SharedFolder(group.id, folder_name(course, group))
        for course in classes
        for group in _groups(course, user)
    ]


def folder_name(course: Class, group: Group) -> str:
    """Return what a folder is called: letters, digits and hyphens alone, whatever the list said, and never twice."""
    words = f"{_plain(course.name)[:_LONGEST]}-{_plain(group.name)[:_LONGEST]}".strip("-").replace("--", "-")
    return f"{words}-{group.id.hex[:6]}" if words else group.id.hex[:6]


def _plain(text: str) -> str:
    known = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", known).strip("-")


def _groups(course: Class, user: UserName) -> Iterator[Group]:
    staff = course.is_staff(user)
    return (group for group in course.groups if staff or user in group.members)
