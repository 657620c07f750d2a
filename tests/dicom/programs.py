"""Orthanc, DCMTK's tools and dicom3tools' validator, from Debian packages; installed where they are missing."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from tests import packages

_PACKAGES = {
    "Orthanc": "orthanc",
    "/usr/share/orthanc/plugins/libOrthancDicomWeb.so": "orthanc-dicomweb",
    "dcmdump": "dcmtk",
    "dciodvfy": "dicom3tools",
}
_SYSTEM = "/usr/bin:/usr/sbin:/sbin"
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"


@cache
def ensure() -> None:
    """Install what is missing.

    Raises:
        NotInstalled: the package manager or the right to use it is missing.
    """
    packages.install({package for program, package in _PACKAGES.items() if not find(program)})


def find(program: str) -> str | None:
    """Return the path of a program: the system's, for pynetdicom brings others of DCMTK's names."""
    if program.startswith("/"):
        return program if Path(program).exists() else None
    return shutil.which(program, path=_SYSTEM) or shutil.which(program)


def path(program: str) -> str:
    """Return the path of a program that is there."""
    found = find(program)
    if found is None:
        raise packages.NotInstalled(f"{program} is not on this machine")
    return found
