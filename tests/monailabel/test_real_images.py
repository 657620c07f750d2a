"""The real MONAI Label on images of a real Orthanc, behind a door that wants a token: MR is offered as CT is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from maia_hub.monailabel import apps, server
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.images import images
from maia_hub.monailabel.state import Folder, Wish, home
from tests.dicom.orthanc import Orthanc, running
from tests.dicom.series import study
from tests.monailabel import real

pytestmark = pytest.mark.soak
_OWN_WORDS = {"content-length", "transfer-encoding", "content-encoding", "connection"}


@pytest.fixture(scope="module")
def environment() -> Environment:
    """The one in the user's cache."""
    return real.environment()


def test_series_of_every_modality_are_offered_with_a_token_from_a_file(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("of-the-images\n")
    with running() as orthanc, _door(orthanc, "Bearer of-the-images") as address:
        for modality in ("MR", "CT"):
            for dataset in study(modality=modality, slices=8):
                orthanc.store(dataset)
        monkeypatch.setenv("HOME", str(tmp_path))
        app = apps.radiology(environment, ["segmentation_spleen"], home() / "apps")
        apps.lay_out(app)
        where = images(f"{address}/dicom-web", token)
        wish = Wish(
            str(app.folder),
            app.settings,
            where.where,
            token=str(where.token),
            modalities=where.modalities,
            device="cpu",
        )
        try:
            found = server.start(environment, "real", wish)
            with found.client(timeout=120) as client:
                assert client.get("/info/").json()["datastore"]["total"] == 2
                for image in client.get("/datastore/", params={"output": "all"}).json()["objects"]:
                    answer = client.post(
                        "/infer/segmentation_spleen", params={"image": image, "output": "image"}
                    )
                    assert answer.status_code == httpx.codes.OK, answer.text
        finally:
            server.stop("real")
        assert "of-the-images" not in Folder("real").log.read_text()


@contextmanager
def _door(orthanc: Orthanc, wanted: str) -> Iterator[str]:
    """Let those through to Orthanc who show the token."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers["Authorization"] != wanted:
                self.send_response(401)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            given = {name: self.headers[name] for name in ("Accept",) if self.headers[name]}
            inner = f"http://127.0.0.1:{orthanc.http_port}{self.path}"
            answer = httpx.get(inner, auth=orthanc.login, headers=given, timeout=60, trust_env=False)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _OWN_WORDS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
            thread.join()
