"""Who is in which project, told by the hub's groups."""

from __future__ import annotations

from collections.abc import Iterable

from maia_hub.core.errors import NotFound
from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId
from maia_hub.core.projects import Projects


def projects_of(groups: Iterable[str], projects: Projects) -> list[ProjectId]:
    """Return the projects whose tools somebody may use; everybody is in the default one, where the site has one."""
    mine = set(projects.of(groups))
    return sorted(mine | {DEFAULT_PROJECT} if projects.default else mine)


def require(groups: Iterable[str], projects: Projects, project: str) -> ProjectId:
    """Return the project; `NotFound` if it is not one of hers, whether or not there is one by that name."""
    mine = projects_of(groups, projects)
    if project in mine:
        return ProjectId(project)
    raise NotFound(
        "You are in no project by that name.",
        given=project[:63],
        allowed=mine,
        advice="Ask a lead of the project to let you in; then sign in again.",
    )
