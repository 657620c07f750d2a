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
    exporter = Exporter()
    Thread(target=exporter.server.serve_forever, daemon=True).start()
    target = f"http://127.0.0.1:{exporter.server.server_port}/metrics"
    try:
        with scraping(folder, "dcgm", target, _EVERY) as url:
            yield url, exporter
    finally:
        exporter.server.shutdown()
        exporter.server.server_close()


@contextmanager
def scraping(folder: Path, job: str, target: str, every: str) -> Iterator[str]:
    """Run Prometheus alone, for something else that shows numbers; yield its URL."""
    if shutil.which(_PROGRAM) is None:
        packages.install([_PROGRAM])
    port, at = free_port(), httpx.URL(target)
    scraped = {
        "job_name": job,
        "metrics_path": at.path,
        "static_configs": [{"targets": [f"{at.host}:{at.port}"]}],
    }
    config = {
        "global": {"scrape_interval": every, "scrape_timeout": every},
        "scrape_configs": [scraped],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
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
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
