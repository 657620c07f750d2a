"""What the door's file says of its origin."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from maia_hub.deployed.tools import ToolSettings, door_site, told

TOKEN = "a token of the tests 0123456789"
GIVEN = {"hub_api_url": "http://hub:8081/hub/api", "reached": "http://proxy-public"}
APART = {"door": "https://maia-tools--service.hub.example.org", "hub": "https://hub.example.org"}


def test_the_door_has_the_hubs_origin_unless_the_file_says_otherwise() -> None:
    settings = ToolSettings.model_validate(GIVEN)
    assert told(settings, TOKEN).callback == "/services/maia-tools/oauth_callback"
    assert door_site(settings).ancestors == "'self'"


def test_a_door_apart_leads_to_the_hub_and_back_and_is_framed_by_peoples_servers() -> None:
    settings = ToolSettings.model_validate({**GIVEN, "apart": APART})
    known = told(settings, TOKEN)
    assert known.callback == f"{APART['door']}/services/maia-tools/oauth_callback"
    assert known.hub_page == "https://hub.example.org/hub/"
    assert door_site(settings).ancestors == "'self' https://hub.example.org https://*.hub.example.org"


@pytest.mark.parametrize(
    "wrong", ["hub.example.org", "https://hub.example.org/hub", "https://*", "https://a 'self'"]
)
def test_what_is_no_origin_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ToolSettings.model_validate({**GIVEN, "apart": {**APART, "hub": wrong}})
