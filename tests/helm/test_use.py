"""What the chart says of booked GPUs that nobody uses, and of how often one may ask."""

from __future__ import annotations

from datetime import timedelta

from maia_hub.core.idleness import IdleRules
from maia_hub.core.policy import PRESETS
from maia_hub.deployed.settings import Settings
from maia_hub.hub.installation import Installation
from maia_hub.service.settings import Limits
from tests.helm.rendered import manifests, named
from tests.helm.test_manifests import settings


def test_an_unused_booking_is_released_if_it_is_said_when() -> None:
    assert "unused" not in settings(manifests({}))
    found = Settings.model_validate(settings(manifests({"service": {"unused": {"afterMinutes": 30}}})))
    rules = found.policies(PRESETS["open"]).default
    assert (rules.no_show_after, rules.no_show_warning) == (timedelta(minutes=30), timedelta(minutes=10))


def test_an_idle_gpu_is_asked_about_where_a_prometheus_knows_of_it() -> None:
    assert "idle" not in settings(manifests({}))
    said = {"prometheus": "http://prometheus.monitoring:9090", "belowPercent": 3, "releaseMinutes": 15}
    idle = Settings.model_validate(settings(manifests({"service": {"idle": said}}))).idle
    assert idle is not None
    assert (idle.prometheus, idle.rules()) == (
        said["prometheus"],
        IdleRules(below=3, window=timedelta(minutes=30), release_after=timedelta(minutes=15)),
    )


def test_how_often_one_may_ask_is_said_in_the_values_and_proxies_are_counted() -> None:
    assert Settings.model_validate(settings(manifests({}))).limits.limits() == Limits()
    said = {
        "service": {"limits": {"reading": 0, "signIns": 7}},
        "ingress": {"enabled": True, "hosts": ["gpu.example.org"]},
    }
    found = Settings.model_validate(settings(manifests(said))).limits.limits()
    assert found == Limits(reading=None, sign_ins=7, proxies=2)


def test_a_site_says_whether_staff_open_students_servers_to_service_and_hub_alike() -> None:
    for said in (True, False):
        found = manifests({"service": {"staffEntry": said}})
        assert Settings.model_validate(settings(found)).policies(PRESETS["open"]).staff_entry is said
        hub = named(found, "ConfigMap", "maia-hub-hub")["data"]["hub.json"]
        assert Installation.model_validate_json(hub).staff_entry is said
