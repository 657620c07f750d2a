"""What each preset asks for is taken by a real sbatch; the names that only its own site has are replaced by ours."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.submitting import describe
from maia_hub.hpc.systemfiles import parse, presets
from maia_hub.hpc.systems import System
from tests.hpc.cluster import OnCluster
from tests.slurm.site import Site

OF_THE_SITE = {"partition": None, "constraint": None}


def here(name: str) -> System:
    """Return the system of a preset with the partitions and GPU types of the tests' Slurm."""
    found = parse(f"preset: {name}\nuser: ada\nproject: p1\n", name=name, where=name)
    gpus: dict[str, Any] = {**OF_THE_SITE, "types": ("fake",) if found.gpus.types else ()}
    return found.model_copy(
        update={
            "gpus": found.gpus.model_copy(update=gpus),
            "defaults": found.defaults.model_copy(update={**OF_THE_SITE, "modules": ()}),
        }
    )


@pytest.mark.parametrize("gpus", [0, 1])
@pytest.mark.parametrize("name", presets())
def test_slurm_would_take_what_a_preset_asks_for(site: Site, name: str, gpus: int) -> None:
    system = here(name)
    kind = {"gpu_type": "fake"} if gpus and system.gpus.types else {}
    spec = job_spec(
        name="tried", command=["true"], time="1h", memory="100M", gpus=gpus, account="p1", signal={}, **kind
    )
    script = describe(spec, system).script
    done = asyncio.run(OnCluster(site).run(["sbatch", "--test-only"], stdin=script.encode()))
    assert done.status == 0, f"{done.complaint}\n{script}"
    assert "to start at" in done.complaint
