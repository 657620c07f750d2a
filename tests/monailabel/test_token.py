"""The token for the images: read from its file at each request, shown to their address and to nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from maia_hub.monailabel import process
from maia_hub.monailabel.served.maia_served.token import TokenFile

Heard = list[tuple[str, str | None]]


@pytest.fixture
def server() -> Iterator[tuple[str, Heard]]:
    """A server of loopback that remembers what it was shown."""
    heard: Heard = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append((self.path, self.headers["Authorization"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", heard
        listening.shutdown()
        thread.join()


def test_a_new_token_counts_at_the_next_request_and_only_below_the_address(
    server: tuple[str, Heard], tmp_path: Path
) -> None:
    address, heard = server
    file = tmp_path / "token"
    with requests.Session() as session:
        session.trust_env = False
        session.auth = TokenFile(f"{address}/dicom-web/", str(file))
        for token in ("first\n", "second"):
            file.write_text(token)
            session.get(f"{address}/dicom-web/studies")
        for path in ("/dicom-web-of-another/studies", "/"):
            session.get(f"{address}{path}")
    assert heard == [
        ("/dicom-web/studies", "Bearer first"),
        ("/dicom-web/studies", "Bearer second"),
        ("/dicom-web-of-another/studies", None),
        ("/", None),
    ]


def test_the_processes_that_are_started_show_it_by_themselves(
    server: tuple[str, Heard], tmp_path: Path
) -> None:
    address, heard = server
    (tmp_path / "token").write_text("word")
    words = [sys.executable, "-c", f"import requests; requests.get('{address}/dicom-web/series')"]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(process.SERVED),
        "MAIA_IMAGES": f"{address}/dicom-web",
        "MAIA_IMAGES_TOKEN": str(tmp_path / "token"),
    }
    subprocess.run(words, env=environment, check=True)
    assert heard == [("/dicom-web/series", "Bearer word")]
