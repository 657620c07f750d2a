"""Projects and what they have taken."""

from __future__ import annotations

from maia_hub.client import models as m
from maia_hub.desk import ProjectView


def project(view: ProjectView) -> m.ProjectModel:
    """Show a project."""
    said = view.project
    return m.ProjectModel.model_validate(
        {
            "name": view.name,
            "title": said.title,
            "roles": [role.value for role in view.roles],
            "gpus": said.gpus,
            "hours_per_week": said.hours_per_week,
            "hours_per_month": said.hours_per_month,
            "products": None if said.products is None else list(said.products),
            "gpus_now": view.gpus_now,
            "hours_this_week": view.hours_this_week,
            "hours_this_month": view.hours_this_month,
        }
    )
