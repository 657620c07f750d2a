"""A submitted label until a real Orthanc shows it by QIDO, without the seconds that its encoding alone takes.

A mask of three organs on a CT of 200 slices of 512², a file as viewers send it, of images that lie on this machine as
MONAI Label has them, is kept on disk, numbered, encoded, sent and asked for. `value` is the median of the rounds; what
is taken off is `mask_to_seg` and the writing of its object, measured in the same round.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import datetime, timezone
from io import BytesIO
from pathlib import Path
from statistics import median

import numpy as np

from maia_hub.imaging import AsyncDicomWeb, Mask, Person, mask_to_seg
from maia_hub.imaging.volumes import Stack, read_stack
from maia_hub.monailabel.labels.delivery import Delivery
from maia_hub.monailabel.labels.outbox import Outbox
from maia_hub.monailabel.labels.submissions import submission
from tests.bench.report import report
from tests.dicom.orthanc import running
from tests.dicom.series import write

LABELS = {1: "liver", 2: "spleen", 3: "left kidney"}
ADA = Person("Lovelace^Ada", "ada", "University")


def mask(stack: Stack, round_: int) -> Mask:
    """Return organs: three ellipsoids, a little elsewhere each time."""
    x, y, z = np.ogrid[
        -1 : 1 : stack.shape[0] * 1j, -1 : 1 : stack.shape[1] * 1j, -1 : 1 : stack.shape[2] * 1j
    ]
    array = np.zeros(stack.shape, np.uint8)
    for number, (at, size) in enumerate(((-0.4, 0.3), (0.1, 0.15), (0.5, 0.1)), 1):
        array[(x - at) ** 2 + (y + 0.01 * round_) ** 2 + z**2 / 4 < size**2] = number
    return Mask(array, stack.affine)


def encoding(drawn: Mask, stack: Stack) -> float:
    """Return the seconds that the object alone takes."""
    began = time.perf_counter()
    mask_to_seg(drawn, stack, LABELS, author=ADA).save_as(BytesIO(), enforce_file_format=True)
    return time.perf_counter() - began


async def submitted(
    drawn: Path, folder: Path, web: AsyncDicomWeb, delivery: Delivery, outbox: Outbox, of: str
) -> float:
    """Return the seconds from submitting until it is found."""
    began = time.perf_counter()
    what = submission(of, LABELS, ADA, at=datetime.now(timezone.utc))
    outbox.keep(what, drawn, folder)
    (done,) = await delivery.once(lambda: datetime.now(timezone.utc))
    (found,) = await web.instances(done.study_uid, what.series_uid)
    assert found.uid == what.uid
    return time.perf_counter() - began


async def measured(slices: int, rounds: int) -> list[tuple[float, float]]:
    """Return of each round the seconds in all, and of the encoding."""
    with tempfile.TemporaryDirectory(prefix="maia-bench-") as name, running() as server:
        folder = Path(name) / "ct"
        write(folder, slices=slices, size=512)
        async with AsyncDicomWeb(server.url, login=server.login) as web:
            await web.send(folder)
            stack, outbox = read_stack(folder), Outbox(Path(name) / "outbox")
            delivery, rows = Delivery(outbox, web), []
            for number in range(rounds):
                drawn = mask(stack, number)
                alone = encoding(drawn, stack)
                file = Path(name) / f"{number}.nii.gz"
                drawn.to_nifti().to_filename(file)
                rows.append((await submitted(file, folder, web, delivery, outbox, stack.series_uid), alone))
            return rows


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--short", action="store_true", help="50 slices, once")
    given = parser.parse_args()
    slices, rounds = (50, 1) if given.short else (given.slices, given.rounds)
    rows = asyncio.run(measured(slices, rounds))
    report(
        "monailabel_submit",
        value=median(whole - alone for whole, alone in rows),
        unit="s",
        against="encoding alone",
        ratio=median(whole / alone for whole, alone in rows),
        n=rounds,
        slices=slices,
        whole=median(whole for whole, _ in rows),
        encoding=median(alone for _, alone in rows),
        last=rows[-1][0] - rows[-1][1],
    )


if __name__ == "__main__":
    main()
