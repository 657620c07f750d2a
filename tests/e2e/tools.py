"""The tools of the project that all share, as a person's program reaches them through the platform's address."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Frame, Page, expect
from pydicom.dataset import Dataset

from tests.e2e.lab import START
from tests.platform import Platform, eventually

PREFIX = "/services/maia-tools"
_HOSTILE = Path(__file__).parent / "hostile.html"
MOST = 300.0
"""Seconds that the first start of a tool may take, installing included."""


class Tools:
    """A program of somebody who is a member of the project."""

    def __init__(self, platform: Platform, user: str) -> None:
        headers = {"Authorization": f"Bearer {platform.token(user)}"}
        self.http = httpx.Client(
            base_url=f"{platform.url}{PREFIX}/", headers=headers, timeout=120, trust_env=False
        )

    def close(self) -> None:
        """Close its connections."""
        self.http.close()

    def card(self, name: str) -> dict[str, Any]:
        """Return what is told of a tool."""
        tools = self.http.get("api/tools").raise_for_status().json()["tools"]
        return next(dict(each) for each in tools if each["name"] == name)

    def start(self, name: str) -> None:
        """Have a tool started and wait until it is ready."""
        self.http.post(f"api/tools/default/{name}/start").raise_for_status()

        def ready() -> bool:
            card = self.card(name)
            assert card["state"] != "failing", card["reason"]
            return bool(card["state"] == "ready")

        eventually(ready, f"{name} is ready", MOST, every=0.5)

    def log_run(self, artifact: str) -> tuple[str, str]:
        """Log a run with a metric and an HTML artifact ``report.html``; return the experiment's id and the run's."""
        api = "default/mlflow/api/2.0/mlflow"
        made = self.http.post(f"{api}/experiments/create", json={"name": "spleen"}).raise_for_status()
        experiment = made.json()["experiment_id"]
        begun = self.http.post(
            f"{api}/runs/create",
            json={"experiment_id": experiment, "run_name": "first", "start_time": 1_700_000_000_000},
        )
        run = begun.raise_for_status().json()["run"]["info"]["run_id"]
        metric = {"run_id": run, "key": "dice", "value": 0.87, "timestamp": 1_700_000_000_000, "step": 1}
        self.http.post(f"{api}/runs/log-metric", json=metric).raise_for_status()
        place = f"default/mlflow/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/report.html"
        self.http.put(place, content=artifact.encode()).raise_for_status()
        return experiment, run

    def send_images(self, images: Iterable[Dataset]) -> None:
        """Send images to the project's Orthanc by STOW-RS."""
        body = io.BytesIO()
        for image in images:
            body.write(b"--end\r\nContent-Type: application/dicom\r\n\r\n")
            image.save_as(body, enforce_file_format=True)
            body.write(b"\r\n")
        body.write(b"--end--\r\n")
        headers = {
            "Content-Type": 'multipart/related; type="application/dicom"; boundary=end',
            "Accept": "application/dicom+json",
        }
        place = "default/orthanc/dicom-web/studies"
        self.http.post(place, content=body.getvalue(), headers=headers).raise_for_status()


def hostile(origin: str) -> str:
    """Return a page that is after alice's server at an origin."""
    return _HOSTILE.read_text().replace("PLATFORM", origin)


def act(page: Page, root: str, run: tuple[str, str]) -> Frame:
    """Show a run's hostile artifact in MLflow's own page below ``root``, and wait until it has tried everything."""
    page.goto(f"{root}default/mlflow/#/experiments/{run[0]}/runs/{run[1]}/artifacts/report.html")
    shown = eventually(
        lambda: next((f for f in page.frames if "hostile" in (f.title() or "")), None), "it is shown", 180
    )
    expect(shown.locator("#done")).to_have_text("done", timeout=START)
    return shown


def kernels(platform: Platform, user: str, host: str | None = None) -> list[object]:
    """Return the kernels and terminals of a user's server; ``host`` is the hub's name where it goes by one."""
    headers = {"Authorization": f"token {platform.token(user)}"}
    headers |= {"Host": host} if host else {}
    base = f"{platform.url}/user/{user}/api"
    asked = [httpx.get(f"{base}/{what}", headers=headers, timeout=60) for what in ("kernels", "terminals")]
    return [answer.raise_for_status().json() for answer in asked]
