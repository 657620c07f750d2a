"""CT slices into a real Orthanc: ours by DICOMweb and by DIMSE, one storescu of DCMTK, and pynetdicom as it comes.

All send the same files to a server that has just begun, with Nagle's algorithm off at both ends. `value` is our
DICOMweb's slices a second (median of the rounds), `ratio` its throughput to storescu's in the same round. Ours does
more than the peer: it looks whether each file is whole, asks what is there already, and reads each object's answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from maia_hub.imaging import DicomWeb, Dimse
from tests.bench.dicom import dcmtk, plain_store, ratio, sizes, timed
from tests.bench.report import report
from tests.dicom.orthanc import AET, Orthanc, running
from tests.dicom.series import write


class Bench:
    """The files, and the ways to send them."""

    def __init__(self, folder: Path, slices: int) -> None:
        self.folder = folder
        self.paths = write(folder, slices=slices, size=512)

    def by_dicomweb(self, server: Orthanc) -> None:
        """Send by ours, over HTTP."""
        with DicomWeb(server.url, login=server.login) as web:
            web.send(self.folder)

    def by_dimse(self, server: Orthanc) -> None:
        """Send by ours, over associations."""
        Dimse("127.0.0.1", server.dicom_port, AET).send(self.folder)

    def by_storescu(self, server: Orthanc) -> None:
        """Send by DCMTK."""
        dcmtk("storescu", "-aec", AET, "+sd", "127.0.0.1", str(server.dicom_port), str(self.folder))

    def by_pynetdicom(self, server: Orthanc) -> None:
        """Send by pynetdicom alone."""
        plain_store(server.dicom_port, self.paths)

    def seconds(self, way: Callable[[Orthanc], None]) -> float:
        """Return what one way takes; all must have arrived."""
        with running() as server:
            took = timed(lambda: way(server))
            assert server.instances() == len(self.paths)
        return took


def main() -> None:
    """Measure and report."""
    slices, rounds = sizes(__doc__)
    with tempfile.TemporaryDirectory(prefix="maia-bench-") as name:
        bench = Bench(Path(name), slices)
        ways = [bench.by_dicomweb, bench.by_storescu, bench.by_dimse]
        rows = [[bench.seconds(way) for way in ways] for _ in range(rounds)]
        plain = bench.seconds(bench.by_pynetdicom)
    web, storescu, dimse = (list(column) for column in zip(*rows, strict=True))
    report(
        "dicom_send",
        value=slices / median(web),
        unit="slices/s",
        against="storescu",
        ratio=ratio(web, storescu),
        n=rounds,
        slices=slices,
        storescu=slices / median(storescu),
        dimse=slices / median(dimse),
        dimse_ratio=ratio(dimse, storescu),
        pynetdicom=slices / plain,
    )


if __name__ == "__main__":
    main()
