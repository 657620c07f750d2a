"""A real Prometheus (Debian's package) that scrapes an exporter of the tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx

from maia_hub.deployed.monitoring import METRIC
from tests import packages
from tests.platform import eventually
from tests.ports import free_port

_PROGRAM = "prometheus"
_EVERY = "100ms"


class Exporter:
    """Shows what a test says: the utilisation of each GPU, by the labels that DCGM's exporter gives it."""

    def __init__(self) -> None:
        self.say: list[tuple[dict[str, str], float]] = []
        said = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text = "".join(f"{METRIC}{_labels(labels)} {value}\n" for labels, value in said.say).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def _labels(labels: dict[str, str]) -> str:
    return "{" + ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items()) + "}"


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, Exporter]]:
    """Run both; yield Prometheus' URL, and the exporter."""
    if shutil.which(_PROGRAM) is None:
        packages.install([_PROGRAM])
    exporter, port = Exporter(), free_port()
    config = {
        "global": {"scrape_interval": _EVERY, "scrape_timeout": _EVERY},
        "scrape_configs": [
            {
                "job_name": "dcgm",
                "static_configs": [{"targets": [f"127.0.0.1:{exporter.server.server_port}"]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    Thread(target=exporter.server.serve_forever, daemon=True).start()
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                _PROGRAM,
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _ready(url), "Prometheus answers")
        yield url, exporter
    finally:
        process.terminate()
        process.wait(20)
        exporter.server.shutdown()
        exporter.server.server_close()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
