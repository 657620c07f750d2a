"""A series by WADO-RS through the platform's address, against Orthanc itself; and what a large upload costs the door.

A whole platform (`maia up`) runs Orthanc; the same series is read turn by turn through hub proxy and door, by the door
alone as kernels of the machine do, and directly. `value` is megabytes a second through the platform, `ratio` that to
direct; `door_mb_s` and `door_ratio` are those of the door alone. `door_peak_mb`: the most memory
that the door had above idle while `--upload` gigabytes went through it to a tool that throws them away, and
`door_upload_mb_s` how fast they went.
`--slices 200` and `--upload 0.2` for a short run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import psutil

from tests.bench.report import report
from tests.dicom.series import Made, study
from tests.door.tool import ToolServer
from tests.e2e.tools import PREFIX, Tools
from tests.embedded.test_tools import PART, forget_peak, peak
from tests.platform import Platform

_ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_READ = 1 << 20
_AT_ONCE = 20
"""Images of one request that fills Orthanc."""


def read(url: str, headers: dict[str, str]) -> tuple[int, float]:
    """Return how many bytes a GET brought, and in how many seconds."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=600)
    began, got = time.perf_counter(), 0
    connection.request("GET", parts.path, headers={"Accept": _ACCEPT, **headers})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    buffer = memoryview(bytearray(_READ))
    while count := answer.readinto(buffer):
        got += count
    connection.close()
    return got, time.perf_counter() - began


class Rounds(NamedTuple):
    """Bytes a second of each round."""

    ours: list[float]
    door: list[float]
    direct: list[float]


def series(platform: Platform, tools: Tools, slices: int, rounds: int) -> Rounds:
    """Read a series in turns: through the platform, by the door alone, and directly."""
    tools.start("orthanc")
    images = study(Made(slices=slices, size=512))
    first = next(study(Made(slices=1, size=512)))
    sent = 0
    while batch := list(islice(images, _AT_ONCE)):
        first = batch[0]
        tools.send_images(batch)
        sent += len(batch)
    place = f"dicom-web/studies/{first.StudyInstanceUID}/series/{first.SeriesInstanceUID}"
    kept = platform.data / "tools" / "default" / "orthanc"
    port = json.loads((kept / "ports.json").read_text())["http"]
    account = json.loads((kept / "credentials.json").read_text())
    own = httpx.BasicAuth(account["user"], account["secret"])._auth_header
    own_place = f"http://127.0.0.1:{port}{PREFIX}/default/orthanc/{place}"
    door = f"http://127.0.0.1:{json.loads((platform.data / 'settings.json').read_text())['ports']['tools']}"
    token = {"Authorization": str(tools.http.headers["Authorization"])}
    found = Rounds([], [], [])
    for _ in range(rounds):
        got, seconds = read(f"{platform.url}{PREFIX}/default/orthanc/{place}", token)
        found.ours.append(got / seconds)
        got, seconds = read(f"{door}{PREFIX}/default/orthanc/{place}", token)
        found.door.append(got / seconds)
        same, seconds = read(own_place, {"Authorization": own})
        assert abs(got - same) < 10_000, (got, same)
        found.direct.append(same / seconds)
    return found


def upload(platform: Platform, tools: Tools, gigabytes: float) -> tuple[float, float]:
    """Return the door's peak above idle, and how fast an upload went, in bytes."""
    door = psutil.Process(platform.pid("tools"))
    tools.http.put("default/sink/upload", content=b"warm").raise_for_status()
    idle, count = forget_peak(door), int(gigabytes * 1e9 / len(PART))
    began = time.perf_counter()
    answer = tools.http.put("default/sink/upload", content=(PART for _ in range(count)), timeout=600)
    seconds = time.perf_counter() - began
    assert answer.json()["length"] == count * len(PART)
    return peak(door) - idle, count * len(PART) / seconds


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--upload", type=float, default=2.0, help="gigabytes")
    options = parser.parse_args()
    sink = ToolServer()
    sink.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), sink, options)
    finally:
        sink.stop()


def measure(folder: Path, sink: ToolServer, options: argparse.Namespace) -> None:
    """Run a platform and measure on it."""
    platform = Platform(folder / "data")
    try:
        platform.start()
        platform.stop()
        file = platform.data / "settings.json"
        told = json.loads(file.read_text())
        told["tools"] = {"default": {"sink": {"kind": "mlflow", "address": sink.url}}}
        file.write_text(json.dumps(told))
        platform.start()
        tools = Tools(platform, "alice")
        above, speed = upload(platform, tools, options.upload)
        found = series(platform, tools, options.slices, options.rounds)
        tools.close()
    finally:
        platform.stop()
    through, door, alone = (statistics.median(speeds) / 1e6 for speeds in found)
    report(
        "tool_proxy",
        value=through,
        unit="MB/s",
        against="Orthanc itself",
        ratio=through / alone,
        n=options.rounds,
        slices=options.slices,
        direct_mb_s=alone,
        door_mb_s=door,
        door_ratio=door / alone,
        door_peak_mb=above / 1e6,
        door_upload_mb_s=speed / 1e6,
        upload_gb=options.upload,
    )


if __name__ == "__main__":
    main()
