"""Orthanc: the images of a project, by DICOMweb behind the door and by DICOM's own protocol on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx

from maia_hub.tools.launch import DebianPackages, Launch, Local, Place
from maia_hub.tools.local.debian import ROOT
from maia_hub.tools.model import Fact, Health, Kind, Page, Tool

AET = "MAIA"
_CALLING = (AET, "ANY-SCU", "ECHOSCU", "FINDSCU", "GETSCU", "MOVESCU", "PYNETDICOM", "STORESCU")
"""How the programs of this machine call themselves, DCMTK's and pynetdicom's unless told otherwise among them."""
_PROGRAM = "usr/sbin/Orthanc"
_PLUGIN = "usr/share/orthanc/plugins/libOrthancDicomWeb.so"


def _launch(place: Place) -> Launch:
    root = place.installed / ROOT
    inside = root.resolve()
    configuration = {
        "Name": AET,
        "StorageDirectory": str(place.data),
        "IndexDirectory": str(place.data),
        "Plugins": [str(inside / _PLUGIN)],
        "HttpPort": place.ports["http"],
        # It listens on all addresses whatever it is told: strangers are kept out by who may ask.
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {place.user: place.secret},
        "HttpServerEnabled": True,
        "OrthancExplorerEnabled": False,
        "ExecuteLuaEnabled": False,
        "DicomServerEnabled": True,
        "DicomAet": AET,
        "DicomPort": place.ports["dicom"],
        "DicomCheckCalledAet": False,
        # DIMSE knows no password: only what calls from this machine is answered.
        "DicomCheckModalityHost": True,
        "DicomModalities": {name: _caller(name) for name in _CALLING},
        "DicomAlwaysAllowEcho": False,
        "DicomAlwaysAllowStore": False,
        "DicomAlwaysAllowFind": False,
        "DicomAlwaysAllowGet": False,
        "DicomAlwaysAllowMove": False,
        "UnknownSopClassAccepted": True,
        "DefaultEncoding": "Utf8",  # by default it answers in Latin 1, and loses other scripts
        "SynchronousCMove": True,
        "StableAge": 5,
        "OverwriteInstances": False,
        "HttpThreadsCount": 20,
        "DicomWeb": {
            "Enable": True,
            "Root": f"{place.prefix}/dicom-web/",
            "EnableWado": False,
            "StudiesMetadata": "Full",
            "SeriesMetadata": "Full",
        },
    }
    environment = {"TCP_NODELAY": "1"}  # without it a C-STORE waits 40 ms for each image
    if not root.is_symlink():
        libraries = sorted(
            {str(found.parent) for found in inside.glob("usr/lib/**/*.so.*")} | {str(inside / "usr/lib")}
        )
        environment["LD_LIBRARY_PATH"] = ":".join(libraries)
        environment["DCMDICTPATH"] = ":".join(map(str, sorted(inside.glob("usr/share/**/dicom.dic"))))
    return Launch(
        command=[str(inside / _PROGRAM), str(place.run / "orthanc.json")],
        environment=environment,
        files={"orthanc.json": json.dumps(configuration, indent=1)},
    )


def _caller(name: str) -> dict[str, object]:
    """Return what Orthanc is told of a calling application entity of this machine; it has no port to be sent to."""
    allowed = {f"Allow{what}": True for what in ("Echo", "Store", "Find", "Get", "Move")}
    return {"AET": name, "Host": "127.0.0.1", "Port": 104, **allowed}


def _further(place: Place) -> Mapping[str, str]:
    return {"dicom_host": "127.0.0.1", "dicom_port": str(place.ports["dicom"]), "aet": AET}


async def _stored(tool: Tool, client: httpx.AsyncClient) -> Fact | None:
    told = (await client.get(f"{tool.asked_at}/statistics")).raise_for_status().json()
    return {"studies": int(told["CountStudies"]), "bytes": int(told["TotalDiskSize"])}


def _version(answer: httpx.Response) -> str | None:
    return str(answer.json().get("Version", "")) or None


KIND = Kind(
    name="orthanc",
    title="Images (Orthanc)",
    page=Page.NONE,
    health=Health("/system", version=_version),
    signs_in={"Authorization": "Basic {basic}"},
    only=("dicom-web/",),
    environment={
        "MAIA_DICOMWEB_URL": "{url}/dicom-web",
        "MAIA_DICOM_HOST": "{extra[dicom_host]}",
        "MAIA_DICOM_PORT": "{extra[dicom_port]}",
        "MAIA_DICOM_AET": "{extra[aet]}",
    },
    fact=_stored,
    snippet="""\
from maia_lab import images

images.studies()
""",
    local=Local(
        version="1.10",
        package=DebianPackages(("orthanc", "orthanc-dicomweb"), (_PROGRAM, _PLUGIN)),
        launch=_launch,
        path="{prefix}",
        inner="",
        ports=("dicom",),
        further=_further,
    ),
)
