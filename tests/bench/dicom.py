"""What measurements of images going to and from a server share."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from pydicom import dcmread
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage  # type: ignore[attr-defined]

from tests.dicom import programs
from tests.dicom.orthanc import AET

NO_DELAY = {**os.environ, "TCP_NODELAY": "1"}
"""For DCMTK's tools: without it each object waits 40 ms, and everybody would be faster than they."""


def sizes(about: str | None) -> tuple[int, int]:
    """Return slices and rounds as the command line has them."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--slices", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--short", action="store_true", help="100 slices, once")
    given = parser.parse_args()
    return (100, 1) if given.short else (given.slices, given.rounds)


def timed(act: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def dcmtk(program: str, *arguments: str) -> None:
    """Run one of DCMTK's tools."""
    subprocess.run([programs.path(program), *arguments], env=NO_DELAY, check=True, capture_output=True)


def plain_store(port: int, paths: list[Path]) -> None:
    """Send as pynetdicom's examples do: read, and send over one association."""
    entity = AE()
    entity.add_requested_context(CTImageStorage, str(dcmread(paths[0]).file_meta.TransferSyntaxUID))
    association = entity.associate("127.0.0.1", port, ae_title=AET)
    for path in paths:
        status = association.send_c_store(dcmread(path))
        assert status.Status == 0
    association.release()


def plain_get(port: int, study: str, into: Path) -> None:
    """Fetch as pynetdicom's examples do: one C-GET, each object read and saved."""
    from pydicom.dataset import Dataset
    from pynetdicom import build_role
    from pynetdicom.sop_class import (  # type: ignore[attr-defined]
        StudyRootQueryRetrieveInformationModelGet as Get,
    )

    def save(event: evt.Event) -> int:
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        dataset.save_as(into / f"{dataset.SOPInstanceUID}.dcm")
        return 0

    question = Dataset()
    question.QueryRetrieveLevel, question.StudyInstanceUID = "STUDY", study
    entity = AE()
    entity.add_requested_context(Get)
    entity.add_requested_context(CTImageStorage)
    association = entity.associate(
        "127.0.0.1",
        port,
        ae_title=AET,
        ext_neg=[build_role(CTImageStorage, scp_role=True)],
        evt_handlers=[(evt.EVT_C_STORE, save)],
    )
    for _ in association.send_c_get(question, Get):
        pass
    association.release()


def ratio(ours: list[float], peer: list[float]) -> float:
    """Return the median of the rounds' ratios: how many times the peer's throughput ours is."""
    return median(theirs / own for own, theirs in zip(ours, peer, strict=True))
