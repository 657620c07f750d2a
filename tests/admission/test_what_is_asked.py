"""How many GPUs a pod needs at one time, as the scheduler counts them."""

from __future__ import annotations

from typing import Any

import pytest

from maia_hub.admission.asking import Gpus, gpus
from maia_hub.admission.reviews import Spec
from maia_hub.admission.rules import Rules
from maia_hub.core.errors import InvalidInput

RULES = Rules(platform=[])


def container(count: object, resource: str = "nvidia.com/gpu", **more: Any) -> dict[str, Any]:
    return {"name": "c", "resources": {"limits": {resource: count}}, **more}


def asked(*containers: dict[str, Any], init: list[dict[str, Any]] | None = None) -> Gpus:
    return gpus(Spec.model_validate({"containers": list(containers), "initContainers": init}), RULES)


NONE = {"name": "none"}
SIDECAR = container("1", restartPolicy="Always")


@pytest.mark.parametrize(
    ("containers", "init", "count"),
    [
        ([container("2")], None, 2),
        ([container("1"), container("2"), NONE], [], 3),
        ([NONE], [container("1"), container("3")], 3),
        ([container("2")], [container("1")], 2),
        ([container("1")], [SIDECAR], 2),
        ([NONE], [SIDECAR, container("2")], 3),
        ([{"name": "r", "resources": {"requests": {"nvidia.com/gpu": 1}}}], None, 1),
    ],
)
def test_init_containers_come_first_and_sidecars_stay(
    containers: list[dict[str, Any]], init: list[dict[str, Any]] | None, count: int
) -> None:
    assert asked(*containers, init=init) == Gpus("nvidia.com/gpu", count)


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "1k", "", "١", "999999999999", 0])
def test_a_count_that_is_none_is_refused(count: object) -> None:
    with pytest.raises(InvalidInput, match="asks for"):
        asked(container("1"), container(count))


@pytest.mark.parametrize("other", ["amd.com/gpu", "nvidia.com/mig-1g.10gb", "gpu.intel.com/i915"])
def test_two_kinds_in_one_pod_are_refused(other: str) -> None:
    with pytest.raises(InvalidInput, match="one kind only"):
        asked(container("1"), container("1", other))


def test_gpus_for_the_pod_as_a_whole_are_refused() -> None:
    spec = {"containers": [container("1")], "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    with pytest.raises(InvalidInput, match="as a whole"):
        gpus(Spec.model_validate(spec), RULES)
