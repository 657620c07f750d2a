"""CT slices out of a real Orthanc: ours by DICOMweb and by DIMSE, one movescu of DCMTK, and pynetdicom as it comes.

All fetch the same study from the same server into an empty folder, with Nagle's algorithm off at both ends. `value` is
our DICOMweb's slices a second (median of the rounds), `ratio` its throughput to movescu's in the same round; getscu,
which needs no port of its own, is an extra key. Ours does more than the peers: it hashes and checks each object, and no
file has its final name before it is whole.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from maia_hub.imaging import DicomWeb, Dimse
from tests.bench.dicom import dcmtk, plain_get, ratio, sizes, timed
from tests.bench.report import report
from tests.dicom.orthanc import AET, Orthanc, running
from tests.dicom.series import write

MOVER = "MOVER"


class Bench:
    """A server with a study, and the ways to fetch it."""

    def __init__(self, server: Orthanc, port: int, folder: Path, slices: int) -> None:
        self._server = server
        self._port = port
        self._into = folder / "into"
        self._slices = slices
        paths = write(folder / "source", slices=slices, size=512)
        with DicomWeb(server.url, login=server.login) as web:
            web.send(paths)
            self._study = web.studies()[0].uid
        shutil.rmtree(folder / "source")

    def by_dicomweb(self) -> None:
        """Fetch by ours, over HTTP."""
        with DicomWeb(self._server.url, login=self._server.login) as web:
            web.fetch(self._study, into=self._into)

    def by_dimse(self) -> None:
        """Fetch by ours, by C-GET."""
        Dimse("127.0.0.1", self._server.dicom_port, AET).fetch(self._study, into=self._into)

    def by_movescu(self) -> None:
        """Fetch by DCMTK's C-MOVE."""
        dcmtk("movescu", "-aet", MOVER, "-aem", MOVER, "--port", str(self._port), *self._query())

    def by_getscu(self) -> None:
        """Fetch by DCMTK's C-GET."""
        dcmtk("getscu", "-aet", MOVER, *self._query())

    def by_pynetdicom(self) -> None:
        """Fetch by pynetdicom alone."""
        plain_get(self._server.dicom_port, self._study, self._into)

    def _query(self) -> list[str]:
        keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={self._study}"]
        return ["-S", "-aec", AET, *keys, "-od", str(self._into), "127.0.0.1", str(self._server.dicom_port)]

    def seconds(self, way: Callable[[], None]) -> float:
        """Return what one way takes; all must have arrived."""
        shutil.rmtree(self._into, ignore_errors=True)
        self._into.mkdir()
        took = timed(way)
        arrived = [path for path in self._into.rglob("*") if path.is_file() and path.name[0] != "."]
        assert len(arrived) == self._slices
        return took


def main() -> None:
    """Measure and report."""
    slices, rounds = sizes(__doc__)
    port = _free_port()
    with (
        tempfile.TemporaryDirectory(prefix="maia-bench-") as name,
        running(modalities={MOVER: port}) as server,
    ):
        bench = Bench(server, port, Path(name), slices)
        ways = [bench.by_dicomweb, bench.by_movescu, bench.by_getscu, bench.by_dimse]
        rows = [[bench.seconds(way) for way in ways] for _ in range(rounds)]
        plain = bench.seconds(bench.by_pynetdicom)
    web, movescu, getscu, dimse = (list(column) for column in zip(*rows, strict=True))
    report(
        "dicom_fetch",
        value=slices / median(web),
        unit="slices/s",
        against="movescu",
        ratio=ratio(web, movescu),
        n=rounds,
        slices=slices,
        movescu=slices / median(movescu),
        getscu=slices / median(getscu),
        ratio_to_getscu=ratio(web, getscu),
        dimse=slices / median(dimse),
        dimse_ratio=ratio(dimse, movescu),
        pynetdicom=slices / plain,
    )


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


if __name__ == "__main__":
    main()
