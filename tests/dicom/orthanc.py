"""An Orthanc of the tests' own: its own folder, ports and password, gone when they end."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from pydicom.dataset import Dataset

from tests.dicom import programs
from tests.ports import free_port

_WITHIN = 180.0  # seconds until it answers, or has ended
USER = "maia"
AET = "MAIATEST"


class Orthanc:
    """A running server with DICOMweb below `/dicom-web/`.

    ``settings`` go into its configuration as they are; ``modalities`` are the nodes that it may send to (AE title to
    port on the loopback); ``storage`` is where the files lie, if not beside the rest; ``command`` is what runs it.
    """

    def __init__(
        self,
        *,
        settings: Mapping[str, Any] | None = None,
        modalities: Mapping[str, int] | None = None,
        storage: Path | None = None,
        command: tuple[str, ...] = (),
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="maia-orthanc-"))
        self.storage = storage or self.folder / "storage"
        self.password = secrets.token_urlsafe(12)
        self.http_port, self.dicom_port = free_port(), free_port()
        self._settings = dict(settings or {})
        self._modalities = dict(modalities or {})
        self.command = command
        self.headers: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its DICOMweb is."""
        return self.url_at(self.http_port)

    def url_at(self, port: int) -> str:
        """Return where its DICOMweb is by way of another port."""
        return f"http://127.0.0.1:{port}/dicom-web"

    @property
    def login(self) -> tuple[str, str]:
        """The account and its password."""
        return USER, self.password

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "log"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Orthanc:
        """Start it; what was stored is there."""
        self.storage.mkdir(exist_ok=True)
        configuration = self.folder / "orthanc.json"
        configuration.write_text(json.dumps(self._configuration()))
        command = [*self.command, programs.path("Orthanc"), str(configuration)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "TCP_NODELAY": "1"},
            )
        self._wait()
        return self

    def _configuration(self) -> dict[str, Any]:
        return {
            "Name": "maia-test",
            "StorageDirectory": str(self.storage),
            "IndexDirectory": str(self.folder / "index"),
            "Plugins": [programs.PLUGIN],
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "DicomAet": AET,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: self.password},
            "DicomAlwaysAllowEcho": True,
            "DicomAlwaysAllowStore": True,
            "DicomAlwaysAllowFind": True,
            "DicomAlwaysAllowGet": True,
            "DicomAlwaysAllowMove": True,
            "DicomCheckModalityHost": False,
            "DicomModalities": {aet: [aet, "127.0.0.1", port] for aet, port in self._modalities.items()},
            "UnknownSopClassAccepted": True,
            "SynchronousCMove": True,
            "StableAge": 1,
            "DefaultEncoding": "Utf8",  # by default it answers in Latin 1, and loses other scripts
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False},
            **self._settings,
        }

    def stop(self, *, by: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(_WITHIN)
            self._process = None

    def close(self) -> None:
        """End it and remove all it had."""
        self.stop(by=signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def rest(self, path: str, method: str = "GET", **given: Any) -> Any:
        """Ask its own REST API, beside DICOMweb."""
        answer = httpx.request(
            method,
            f"http://127.0.0.1:{self.http_port}/{path}",
            auth=None if self.headers else self.login,
            headers=self.headers,
            timeout=60,
            **given,
        )
        answer.raise_for_status()
        kind = answer.headers.get("content-type", "")
        return answer.json() if kind.startswith("application/json") else answer.text

    def instances(self) -> int:
        """Return how many objects it holds."""
        return int(self.rest("statistics")["CountInstances"])

    def store(self, dataset: Dataset) -> None:
        """Let it have an object, past everything that is tested."""
        written = BytesIO()
        dataset.save_as(written, enforce_file_format=True)
        self.rest("instances", "POST", content=written.getvalue())

    def syntax(self, uid: str) -> str:
        """Return the transfer syntax in which it holds an object."""
        (found,) = self.rest("tools/lookup", "POST", content=uid)
        return str(self.rest(f"instances/{found['ID']}/metadata/TransferSyntax"))

    def clear(self) -> None:
        """Let it forget all."""
        for patient in self.rest("patients"):
            self.rest(f"patients/{patient}", "DELETE")

    def _wait(self) -> None:
        give_up = time.monotonic() + _WITHIN
        while True:
            try:
                self.rest("system")
                return
            except httpx.HTTPError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > give_up:
                    raise RuntimeError(f"Orthanc did not start:\n{self.log.read_text()}") from None
                time.sleep(0.02)


@contextmanager
def running(**given: Any) -> Iterator[Orthanc]:
    """Let a server run for a while; what is given is `Orthanc`'s."""
    programs.ensure()
    server = Orthanc(**given)
    try:
        yield server.start()
    finally:
        server.close()
