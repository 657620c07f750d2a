"""What a settings file may say of projects, and what it is told where it errs."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from maia_hub.core.ids import ProjectId
from maia_hub.core.projects import Naming, Project, Projects
from maia_hub.core.waitlist import Waiting
from maia_hub.service.sites import SiteSettings


def test_nothing_said_is_no_limit_and_one_project_for_all() -> None:
    assert SiteSettings().site() == Projects()


def test_all_that_can_be_said_is_meant() -> None:
    terms = {"title": "See", "gpus": 4, "hours_per_week": 40, "hours_per_month": 99.5, "products": ["A100"]}
    names = {"member": "/{project}", "lead": "/{project}/l", "steward": "/{project}/s"}
    said = {"projects": {"vision": terms}, "groups": names, "default_project": False}
    found = SiteSettings.model_validate({**said, "zone": "Europe/Stockholm"}).site()
    project = Project(title="See", gpus=4, hours_per_week=40, hours_per_month=99.5, products=("A100",))
    naming = Naming("/{project}", "/{project}/l", "/{project}/s")
    zone = ZoneInfo("Europe/Stockholm")
    assert found == Projects(naming=naming, known={ProjectId("vision"): project}, default=False, zone=zone)


def test_the_waiting_list_is_as_the_site_says() -> None:
    assert SiteSettings().waitlist.waiting() == Waiting()
    said = {"half_life_days": 14, "patience_days": 3, "soon_minutes": 30, "offer_minutes": 5, "most": 2}
    found = SiteSettings.model_validate({"waitlist": said}).waitlist.waiting()
    days, minutes = timedelta(days=1), timedelta(minutes=1)
    assert found == Waiting(
        half_life=14 * days, patience=3 * days, soon=30 * minutes, offer=5 * minutes, most=2
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"projects": {"no good": {}}}, "pattern"),
        ({"projects": {"vision\n": {}}}, "pattern"),
        ({"projects": {"vision": {"gpu": 4}}}, "Extra inputs"),
        ({"projects": {"vision": {"gpus": -1}}}, "greater than or equal to 0"),
        ({"projects": {"vision": {"products": [""]}}}, "at least 1 character"),
        ({"groups": {"member": "people"}}, "which group is which"),
        ({"groups": {"lead": "MAIA:{project}"}}, "which group is which"),
        ({"zone": "Mars/Olympus"}, "no time zone is called 'Mars/Olympus'"),
        ({"zone": "../../etc/passwd"}, "no time zone is called"),
        ({"waitlist": {"patience_days": 0}}, "greater than 0"),
        ({"zone": "Europe"}, "no time zone is called"),
        ({"unused": {"after": 0}}, "greater than 0"),
        ({"unused": {"warning": 5}}, "Field required"),
        ({"idle": {"below": 101}}, "less than or equal to 100"),
        ({"idle": {"window": 0}}, "greater than 0"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(said: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        SiteSettings.model_validate(said)
