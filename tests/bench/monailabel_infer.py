"""An inference through the workspace's door, against the same asked of MONAI Label on its loopback.

A CT of 512×512×200 lies where MONAI Label reads it, compressed. The door is what is measured, so the model is a light
one, a threshold, and the CPU enough: a real network takes longer, and the door's part of it is less. The mask comes as
3D Slicer asks for it, not compressed (52 MB), in one answer with what is said of it. In turns, after one of each that
is not counted. `value` is the median through the door, `ratio` that to the median on loopback, `door` the difference.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx
import nibabel
import numpy as np

from maia_hub.monailabel import server
from maia_hub.monailabel.environment import prepare
from tests.bench.report import report
from tests.e2e.alone import Alone, alone
from tests.monailabel import real

NAME = "light"
APP = """
import tempfile
import nibabel
import numpy as np
from monailabel.interfaces.app import MONAILabelApp
from monailabel.interfaces.tasks.infer_v2 import InferTask, InferType

class Threshold(InferTask):
    def __init__(self):
        super().__init__(InferType.SEGMENTATION, {"bone": 1}, 3, "What is brighter than 150 HU")

    def is_valid(self):
        return True

    def __call__(self, request):
        image = nibabel.load(request["image"])
        mask = (np.asarray(image.dataobj) > 150).astype(np.uint8)
        file = tempfile.NamedTemporaryFile(suffix=".nii", delete=False).name
        nibabel.save(nibabel.Nifti1Image(mask, image.affine), file)
        return file, {"label_names": {"bone": 1}}

class Light(MONAILabelApp):
    def __init__(self, app_dir, studies, conf):
        super().__init__(app_dir, studies, conf, name="Light", description="A threshold", labels={"bone": 1})

    def init_infers(self):
        return {"threshold": Threshold()}
"""


def lay_out(home: Path, slices: int) -> None:
    """Put the app and its one image into a home."""
    (home / NAME).mkdir()
    (home / NAME / "main.py").write_text(APP)
    (home / "scans").mkdir()
    shape = (512, 512, slices)
    x, y, z = np.ogrid[tuple(slice(-1, 1, side * 1j) for side in shape)]
    hounsfield = np.random.default_rng(1).normal(-50, 30, shape).astype(np.int16)
    hounsfield[(x / 0.3) ** 2 + (y / 0.4) ** 2 + z**2 < 1] += 400
    nibabel.save(nibabel.Nifti1Image(hounsfield, np.diag((0.8, 0.8, 1.5, 1))), home / "scans" / "ct.nii.gz")


def inferred(http: httpx.Client, address: str) -> tuple[float, int]:
    """Return in how many seconds the whole answer came, and its bytes."""
    began, got = time.perf_counter(), 0
    with http.stream(
        "POST", f"{address}/infer/threshold", params={"image": "ct"}, data={"params": "{}"}
    ) as answer:
        assert answer.status_code == httpx.codes.OK, answer.read()
        for part in answer.iter_raw():
            got += len(part)
    return time.perf_counter() - began, got


def measured(lab: Alone, rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds of each round through the door and on loopback."""
    found = server.reached(NAME)
    ours, direct = [], []
    door = httpx.Client(headers={"Authorization": f"token {lab.token}"}, timeout=600, trust_env=False)
    with door, found.client(timeout=600) as loopback:
        for _ in range(rounds + 1):
            seconds, got = inferred(door, f"{lab.url}/maia/monailabel/{NAME}/open")
            ours.append(seconds)
            seconds, same = inferred(loopback, found.address)
            direct.append(seconds)
            assert abs(got - same) < 10_000, (got, same)
    return ours[1:], direct[1:]


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    asyncio.run(prepare(lambda doing, _: print(doing)))
    cache = real.cache_home()
    with tempfile.TemporaryDirectory(prefix="maia-bench-") as name:
        home = Path(name)
        lay_out(home, given.slices)
        os.environ["HOME"] = name  # what was started there is found there
        with alone(home, JUPYTERHUB_SERVICE_PREFIX="/", XDG_CACHE_HOME=cache) as lab:
            words = ("start", "--app", str(home / NAME), "--images", str(home / "scans"), "--device", "cpu")
            assert json.loads(lab.maia("monailabel", *words, "--json"))["name"] == NAME
            ours, direct = measured(lab, given.rounds)
            lab.maia("monailabel", "stop", NAME)
    report(
        "monailabel_infer",
        value=median(ours),
        unit="s",
        against="MONAI Label on loopback",
        ratio=median(ours) / median(direct),
        n=given.rounds,
        slices=given.slices,
        direct=median(direct),
        door=median(ours) - median(direct),
    )


if __name__ == "__main__":
    main()
