"""What the chart says of booked GPUs that nobody uses."""

from __future__ import annotations

from datetime import timedelta

from maia_hub.core.idleness import IdleRules
from maia_hub.core.policy import PRESETS
from maia_hub.deployed.settings import Settings
from tests.helm.rendered import manifests
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
