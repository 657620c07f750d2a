"""Planned maintenance on the command line, on a real database."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from maia_hub.core.gpus import Gpu
from maia_hub.core.ids import GpuId, NodeId
from maia_hub.core.interval import Interval
from maia_hub.desk import Asked
from tests.cli.commands import maia
from tests.desk.office import ADA, BEN, Office

TODAY = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)


class Site:
    """A database with one node of two GPUs, a booking of Ada's in an hour, and the settings that name it."""

    def __init__(self, folder: Path, *ids: GpuId, runs: bool = False) -> None:
        named = ids or [GpuId(f"gpu-07/nvidia.com/gpu/{n}") for n in (0, 1)]
        found = [Gpu(gpu, NodeId("gpu-07"), n, "A40", 2**30) for n, gpu in enumerate(named)]
        office = Office(folder, found=found, now=TODAY)
        hour = timedelta(hours=1)
        wish = Asked(interval=Interval(TODAY + 2 * hour, TODAY + 3 * hour))
        office.desk.book(ADA, wish, TODAY)
        if runs:
            office.start(BEN, "idle:a40")
        office.close()
        settings = {"database": f"sqlite:///{folder}/maia.db", "hub_api_url": "http://hub", "namespaces": []}
        self.settings = folder / "settings.json"
        self.settings.write_text(json.dumps(settings))

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        return maia("outages", command, *words, "--settings", str(self.settings), "--secrets", "/nowhere")

    def add(self, start: float, end: float, *words: str) -> subprocess.CompletedProcess[str]:
        times = [(TODAY + timedelta(hours=h)).isoformat() for h in (start, end)]
        return self.run("add", "gpu-07", "--from", times[0], "--to", times[1], "--reason", "fan", *words)


@pytest.fixture
def place(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_an_outage_is_added_listed_and_removed(place: Site) -> None:
    done = place.add(4, 5)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Added: outage 1 on gpu-07.\n"
    listed = place.run("list").stdout
    assert "fan" in listed
    assert f"{TODAY + timedelta(hours=4):%Y-%m-%d %H:%M} UTC" in listed
    assert place.run("remove", "1").stdout == "Removed: outage 1.\n"
    assert "fan" not in place.run("list").stdout


def test_an_outage_that_bookings_need_is_done_only_if_so_said(place: Site) -> None:
    refused = place.add(2, 3)
    assert refused.returncode == 1
    assert "Nothing was changed" in refused.stdout
    assert "ada: 1 GPU on gpu-07" in refused.stdout
    assert "fan" not in place.run("list").stdout
    assert "ada" not in place.add(2, 3, "--gpus", "1").stdout, "one GPU is left for her"
    done = place.add(2, 4, "--gpus", "1", "--yes")
    assert (done.returncode, "ada" in done.stdout) == (0, True)


def test_an_unknown_node_is_refused_with_those_that_there_are(place: Site) -> None:
    done = place.run("add", "gpu-08", "--from", "now", "--to", "2099-01-01 10:00", "--reason", "fan")
    assert done.returncode == 1
    assert "gpu-07" in done.stderr


def test_a_gpu_that_is_broken_is_named_by_its_id(tmp_path: Path) -> None:
    place = Site(tmp_path, GpuId("GPU-0"), GpuId("GPU-1"))
    unknown = place.add(4, 5, "--gpu", "GPU-7")
    assert (unknown.returncode, "GPU-0" in unknown.stderr) == (1, True)
    assert place.add(4, 5, "--gpu", "GPU-1").returncode == 0
    assert "GPU-1" in place.run("list").stdout


def test_a_server_that_holds_a_broken_gpu_is_restarted_only_if_so_said(tmp_path: Path) -> None:
    place = Site(tmp_path, GpuId("GPU-0"), GpuId("GPU-1"), runs=True)
    refused = place.add(2, 3, "--gpu", "GPU-0")
    assert (refused.returncode, "servers hold it, of ben" in refused.stdout) == (1, True)
    assert "fan" not in place.run("list").stdout
    done = place.add(2, 3, "--gpu", "GPU-0", "--yes")
    assert "restarted when it begins: ben" in done.stdout


def test_a_whole_product_is_taken_out_of_service_and_put_back(place: Site) -> None:
    times = [(TODAY + timedelta(hours=h)).isoformat() for h in (2, 3)]
    asked = ["add", "--product", "a4", "--from", times[0], "--to", times[1], "--reason", "drivers"]
    refused = place.run(*asked)
    assert (refused.returncode, "ada: 1 GPU on gpu-07" in refused.stdout) == (1, True)
    done = place.run(*asked, "--yes")
    assert done.stdout.startswith(
        "Added: outage 1 on gpu-07.\nThe owners of these bookings were told:\n  ada"
    )
    assert "drivers" in place.run("list").stdout
    assert place.run("remove", "1").stdout == "Removed: outage 1.\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [(["gpu-07", "--product", "A40"], "as a whole"), ([], "what is out"), (["--product", "H100"], "A40")],
    ids=["both", "neither", "unknown"],
)
def test_what_is_out_of_service_has_to_be_clear(place: Site, words: list[str], told: str) -> None:
    done = place.run("add", *words, "--from", "now", "--to", "2099-01-01 10:00", "--reason", "fan")
    assert (done.returncode, told in done.stderr) == (1, True)
