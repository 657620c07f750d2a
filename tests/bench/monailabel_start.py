"""From the click that starts MONAI Label to its first inference, against `monailabel start_server` by hand.

The click is what the panel sends to a JupyterLab (`POST maia/monailabel`), its end is told by the events that the panel
listens to, and the inference goes through the workspace's door. By hand the same app, on the same image, is started by
MONAI Label's own command of the same environment, and asked directly as soon as it answers. Both in turns and on the
CPU, after one of each that is not counted. `value` is the median of ours, `ratio` that to the median by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import nibabel
import numpy as np

from maia_hub.monailabel import apps
from maia_hub.monailabel.environment import Environment, prepare
from tests.bench.report import report
from tests.e2e.alone import Alone, alone
from tests.monailabel import real
from tests.ports import free_port

_LOOK = 0.1
_WITHIN = 600.0
_SIDE = 64  # voxels


def scans(folder: Path) -> Path:
    """Make a folder with one image."""
    folder.mkdir()
    noise = np.random.default_rng(1).normal(0, 100, (_SIDE,) * 3).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(noise, np.eye(4)), folder / "noise.nii.gz")
    return folder


def infer(http: httpx.Client, address: str) -> None:
    """Have the model propose a label."""
    answer = http.post(f"{address}/infer/{real.SPLEEN}", params={"image": "noise", "output": "image"})
    assert answer.is_success, answer.text


def clicked(lab: Alone) -> float:
    """Return the seconds from a click to the first inference; stop what was started."""
    place = f"{lab.url}/maia/monailabel"
    form = {"models": [real.SPLEEN], "images": "scans", "device": "cpu"}
    http = httpx.Client(headers={"Authorization": f"token {lab.token}"}, timeout=_WITHIN, trust_env=False)
    with http, http.stream("GET", f"{place}/events") as events:
        lines = events.iter_lines()
        next(lines)
        began = time.perf_counter()
        name = _done(lines, http.post(place, json=form))
        infer(http, f"{place}/{name}/open")
        took = time.perf_counter() - began
        _done(lines, http.delete(f"{place}/{name}"))
    return took


def _done(lines: Iterator[str], begun: httpx.Response) -> str:
    """Wait until the events tell that a task is done; return its result."""
    task = begun.raise_for_status().json()["id"]
    for line in lines:
        told = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
        if told.get("id") == task and told["state"] != "running":
            assert told["state"] == "done", told
            return str(told["result"])
    raise AssertionError("the events ended")


def by_hand(environment: Environment, folder: Path, images: Path) -> float:
    """Return the seconds from the command to the first inference; end it."""
    app = apps.radiology(environment, [real.SPLEEN], folder)
    apps.lay_out(app)
    with httpx.Client(timeout=_WITHIN, trust_env=False) as http:
        began = time.perf_counter()
        with _started(environment, app, images, folder / "log") as (process, address):
            while not _answers(http, address):
                assert process.poll() is None, (folder / "log").read_text()[-2000:]
                assert time.perf_counter() - began < _WITHIN, "MONAI Label did not answer"
                time.sleep(_LOOK)
            infer(http, address)
            return time.perf_counter() - began


@contextmanager
def _started(
    environment: Environment, app: apps.App, images: Path, log: Path
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    words = ["start_server", "--app", app.folder, "--studies", images, "--host", "127.0.0.1", "--port", port]
    words += [word for name, value in app.settings.items() for word in ("--conf", name, value)]
    command = [str(environment.python), "-m", "monailabel.main", *map(str, words)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""}, stdout=output, stderr=output
        )
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def _answers(http: httpx.Client, address: str) -> bool:
    try:
        return http.get(f"{address}/info/").is_success
    except httpx.TransportError:
        return False


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    environment = asyncio.run(prepare(lambda doing, _: print(doing)))
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="maia-bench-") as name:
        home, hand = Path(name) / "home", Path(name) / "hand"
        home.mkdir()
        hand.mkdir()
        scans(home / "scans")
        images = scans(hand / "scans")
        with alone(home, JUPYTERHUB_SERVICE_PREFIX="/", XDG_CACHE_HOME=real.cache_home()) as lab:
            for _ in range(rounds + 1):
                ours.append(clicked(lab))
                theirs.append(by_hand(environment, hand, images))
    report(
        "monailabel_start",
        value=median(ours[1:]),
        unit="s",
        against="monailabel start_server",
        ratio=median(ours[1:]) / median(theirs[1:]),
        n=rounds,
        by_hand=median(theirs[1:]),
        first=ours[0],
        first_by_hand=theirs[0],
    )


if __name__ == "__main__":
    main()
