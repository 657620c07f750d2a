"""`maia up`: prepare, start hub, proxy and service side by side, watch over them, end them in order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone

import httpx

from maia_hub.core.errors import Unavailable
from maia_hub.embedded.children import Child
from maia_hub.embedded.folder import Folder
from maia_hub.embedded.hub_config import PREFIX, TOOLS_PREFIX, service_url, tools_url
from maia_hub.embedded.ports import LOOPBACK
from maia_hub.embedded.processes import LocalProcesses
from maia_hub.embedded.programs import children, hub_api
from maia_hub.embedded.settings import Settings
from maia_hub.embedded.signals import Signals

_ROUTE_AGAIN = 0.2  # seconds until the hub is asked again to give a new proxy its routes
_READY_WITHIN = 90.0  # seconds; a cold disk on a slow machine


class Platform:
    """The processes of one data folder. ``say`` is told, in a few words, what is being done."""

    def __init__(
        self, folder: Folder, settings: Settings, signals: Signals, say: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._signals = signals
        self._say = say
        self._children: list[Child] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start everything and wait until it answers; on leaving, however that comes, end everything."""
        self._children = children(self._folder, self._settings)
        try:
            self._say("Starting hub, proxy and service")
            for child in self._children:
                child.start()
            self._announce()
            for child in self._children:
                self._await(child)
            yield
        finally:
            self._end()

    def watch(self) -> None:
        """Start again what dies, within a second; return when the user wants it to end."""
        routed = True
        while not self._signals.wants_end:
            revived = [child.name for child in self._children if child.revive()]
            if revived:
                self._announce()
            routed = "proxy" not in revived and (routed or self._route())
            delays = [d for d in (child.wait_for_revival() for child in self._children) if d is not None]
            delays += [] if routed else [_ROUTE_AGAIN]
            self._signals.wait(min(delays, default=5.0))

    def _route(self) -> bool:
        """Have the hub give the proxy its routes; tell whether that worked."""
        url = f"{hub_api(self._settings)}/proxy"
        headers = {"Authorization": f"token {self._settings.secrets.router}"}
        try:
            return httpx.post(url, headers=headers, timeout=2.0, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _await(self, child: Child) -> None:
        """Return once it answers; the hub directly, then with its routes in the proxy."""
        settings = self._settings
        urls = {  # of the culler nobody asks anything
            "service": [f"{service_url(settings)}{PREFIX}/health"],
            "tools": [f"{tools_url(settings)}{TOOLS_PREFIX}/health"],
            "proxy": [f"http://{LOOPBACK}:{settings.ports.proxy}/api/routes"],
            "hub": [f"{hub_api(settings)}/", f"{settings.address}/hub/api/"],
        }.get(child.name, [])
        self._say(f"Waiting for the {child.name}")
        until = time.monotonic() + _READY_WITHIN
        while urls and child.pid is not None and time.monotonic() < until:
            if self._signals.wants_end:
                raise KeyboardInterrupt
            if _answers(urls[0]):
                urls = urls[1:]
            else:
                self._signals.wait(0.05)
        if urls:
            what = "did not answer in time" if child.pid else f"ended with status {child.exit_status}"
            raise Unavailable(
                f"The {child.name} {what}.",
                given=child.last_words(),
                advice=f"The whole log is in {child.log}.",
            )

    def _announce(self) -> None:
        """Tell tools and tests what runs; a full disk keeps nothing from running."""
        content = {
            "url": self._settings.origin,
            "up": os.getpid(),
            "pids": {child.name: child.pid for child in self._children},
            "started": datetime.now(timezone.utc).isoformat(),
        }
        try:
            self._folder.say_running(content)
        except OSError as e:
            self._mention(f"{self._folder.platform} cannot be written: {e.strerror}")

    def _end(self) -> None:
        """The hub before proxy and service, for it stops the servers with their help; then what it left running."""
        for child in reversed(self._children):
            self._mention(f"Ending the {child.name}")
            child.end()
        LocalProcesses(self._folder.sessions).end_all()
        with suppress(OSError):
            self._folder.platform.unlink(missing_ok=True)

    def _mention(self, what: str) -> None:
        """Say what may go unheard: a terminal that is closed keeps nothing from running or ending."""
        with suppress(OSError, SystemExit):
            self._say(what)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False
