"""JupyterLab on its own, without a hub: for what a workspace does that needs none."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.lab import START
from tests.ports import free_port

_WITHIN = 180.0


class Alone:
    """A server in somebody's home, which is also the folder that it shows; ``variables`` are of its environment."""

    def __init__(self, home: Path, variables: Mapping[str, str]) -> None:
        self.home = home
        self._variables = variables
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        _write(home / ".jupyter" / "labconfig" / "page_config.json", '{"exposeAppInBrowser": true}')
        settings = home / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
        _write(settings / "notification.jupyterlab-settings", '{"fetchNews": "false"}')

    @property
    def environment(self) -> dict[str, str]:
        """What its processes run in, and those of its person's terminal."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAIA_", "JUPYTER", "XDG_"))}
        return {**clean, "HOME": str(self.home), "MAIA_HPC_RUN": str(self.home / ".run"), **self._variables}

    def command(self) -> list[str]:
        """Return what starts it."""
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.home,
            "IdentityProvider.token": self.token,
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        root = ["--allow-root"] if os.geteuid() == 0 else []
        return [sys.executable, "-m", "jupyterlab", "--no-browser", *root, *given]

    def maia(self, *words: str) -> str:
        """Say something to maia in its person's terminal; return what it prints."""
        command = [sys.executable, "-m", "maia_hub.cli", *words]
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def answers(self) -> bool:
        """Tell whether it is up."""
        try:
            return httpx.get(f"{self.url}/api", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def open(self, browser: Browser, **options: object) -> Page:
        """Open it in a window of its own, with nothing in it."""
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})  # type: ignore[arg-type]
        # What another test left open, such as a notebook whose kernel never started, would have JupyterLab ask.
        return self.enter(context, "reset&")

    def enter(self, context: BrowserContext, how: str = "") -> Page:
        """Open it in another tab of a window; ``how`` is of the address."""
        page = context.new_page()
        page.goto(f"{self.url}/lab?{how}token={self.token}")
        expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=START)
        page.wait_for_function("window.jupyterapp", timeout=START)
        page.evaluate("async () => { await window.jupyterapp.restored; }")
        # The launcher comes after that, and takes the focus.
        page.wait_for_function("window.jupyterapp.shell.currentWidget", timeout=START)
        return page


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@contextmanager
def alone(home: Path, **variables: str) -> Iterator[Alone]:
    """Let one run for a while."""
    lab = Alone(home, variables)
    with (home / "lab.log").open("wb") as log:
        process = subprocess.Popen(lab.command(), env=lab.environment, cwd=home, stdout=log, stderr=log)
        try:
            give_up = time.monotonic() + _WITHIN
            while not lab.answers():
                assert process.poll() is None, (home / "lab.log").read_text()[-2000:]
                assert time.monotonic() < give_up, "JupyterLab did not start"
                time.sleep(0.1)
            yield lab
        finally:
            process.terminate()
            process.wait(30)
