"""The spawner of one workstation: a server is a process under its supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyterhub.spawner import LocalProcessSpawner, SpawnException
from jupyterhub.utils import random_port
from sqlalchemy.orm import object_session
from traitlets import Bool, Instance, Integer, Unicode

from maia_hub.client.models import Grant
from maia_hub.core.sessionfile import ENV as SESSION_FILE
from maia_hub.core.sessionfile import NAME, SessionFile, read, write
from maia_hub.supervise import Identity, sweep
from maia_spawner.booked import BookedSpawner
from maia_spawner.shared import SHARED, prepared

_LOOK = 0.05  # seconds between two looks at whether a starting server listens


class MaiaLocalSpawner(BookedSpawner, LocalProcessSpawner):
    """Starts each server as a process that its supervisor ends in time, whatever else is down."""

    sessions_dir = Unicode(
        help="The folder with one folder per grant: session file, supervisor's state, log."
    ).tag(config=True)
    homes_dir = Unicode(help="The folder of the users' homes, if they share one Unix account.").tag(
        config=True
    )
    skeleton_dir = Unicode(
        help="The folder whose files a new home below homes_dir begins with, such as tutorials; empty for none."
    ).tag(config=True)
    shared_dir = Unicode(
        help="The folder of what groups of classes have in common; empty: they have nothing."
    ).tag(config=True)
    unix_users = Bool(
        False, help="Run each server as the Unix user of the same name; needs a hub that runs as root."
    ).tag(config=True)
    stop_timeout = Integer(
        25, help="Seconds a stop may take, hook and shutdown of kernels together, before all is killed."
    ).tag(config=True)

    identity = Instance(Identity, allow_none=True, help="The supervisor, unmistakably.")

    # ---- start

    async def start(self) -> tuple[str, int]:
        """Ask for a grant and start the server under its supervisor."""
        if self.port == 0:
            self.port = random_port()
        grant = await self.ask_for_grant() if self.booking_enabled else None
        address = (self.ip or "127.0.0.1", self.port)
        try:
            self._launch(grant)
            self._remember(*address)
            await self._listening(*address)
        except Exception:  # no home, no such Unix user, a full disk: the GPU goes back at once
            self.report_ended("failed")
            raise
        if grant is not None:
            self.report_when_ready(grant)
        return address

    def _launch(self, grant: Grant | None) -> None:
        folder = self._session_folder(grant)
        environment = self.get_env()
        environment[SESSION_FILE] = str(folder / NAME)
        if grant is not None:
            environment.update({**self.session_environment(grant), **_devices(grant)})
        places, shared_with = self._shared(grant)
        environment[SHARED] = json.dumps(places)
        command = self._supervised(folder, [*self.cmd, *self.get_args()], shared_with)
        self.log.info(
            "Starting %s on %s: %s", self._log_name, grant.kind if grant else "this machine", folder.name
        )
        with open(folder / "server.log", "ab", opener=_private) as log:
            if self.unix_users:  # what the server starts may open its log by name, as /dev/stderr
                os.fchown(log.fileno(), pwd.getpwnam(self.user.name).pw_uid, -1)
            self.proc = subprocess.Popen(
                command,
                env=environment,
                cwd="/" if self.unix_users else environment["HOME"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self.proc.pid
        self.identity = Identity.of(self.pid)

    def _remember(self, ip: str, port: int) -> None:
        """Write down what runs before it is waited for: a hub that is killed meanwhile takes it up again."""
        self.server.ip, self.server.port = ip, port
        self.orm_spawner.state = self.get_state()
        database = object_session(self.orm_spawner)
        if database is not None:
            database.commit()

    async def _listening(self, ip: str, port: int) -> None:
        """Wait until the server takes connections; the hub, which looks less and less often, looks once then."""
        while (status := self._status()) is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(ip, port)
                writer.close()
                return
            await asyncio.sleep(_LOOK)
        raise SpawnException(
            f"Your server ended while it started, with status {status}. Start it again, or ask the administrator.",
            reason="ended",
            status_code=500,
        )

    def _session_folder(self, grant: Grant | None) -> Path:
        """Return the folder of this start; its session file is there, or says CPU if the service wrote none."""
        folder = Path(self.sessions_dir) / (
            str(grant.id) if grant else f"unbooked-{self.user.id}-{self.port}"
        )
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if grant is None or not (folder / NAME).exists():
            if grant is not None and grant.kind != "cpu":
                raise SpawnException(
                    "Your GPU was granted, but nobody wrote down its end. Start again, please.",
                    reason="no-session-file",
                    status_code=503,
                )
            write(folder / NAME, self.cpu_session(folder.name, grant))
        return folder

    def _shared(self, grant: Grant | None) -> tuple[dict[str, str], list[int]]:
        """Return where the folders of the user's groups are, and the Unix groups that may enter."""
        if grant is None or not self.shared_dir:
            return {}, []
        return prepared(Path(self.shared_dir), grant.folders, unix_users=self.unix_users)

    def _supervised(self, folder: Path, command: list[str], shared_with: Sequence[int] = ()) -> list[str]:
        # -I: it may run as root with the user's environment, by which it must import nothing
        supervisor = [sys.executable, "-I", "-m", "maia_hub.supervise", "--session-file", str(folder / NAME)]
        supervisor += ["--state-file", str(folder / "state.json")]
        if self.unix_users:
            account = pwd.getpwnam(self.user.name)
            groups = [*os.getgrouplist(account.pw_name, account.pw_gid), *shared_with]
            supervisor += ["--uid", str(account.pw_uid), "--gid", str(account.pw_gid)]
            supervisor += ["--groups", ",".join(map(str, groups)), "--home", account.pw_dir]
        return [*supervisor, "--", *command]

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Give the server its user's name and home."""
        if self.unix_users:
            return dict(super().user_env(env))
        home = self._home()
        if not home.exists():
            home.mkdir(mode=0o700, parents=True)
            if self.skeleton_dir:
                self._fill(home)
        return {**env, "USER": self.user.name, "HOME": str(home), "SHELL": env.get("SHELL", "/bin/bash")}

    def _fill(self, home: Path) -> None:
        source = Path(self.skeleton_dir)
        shutil.copytree(source, home / source.name, ignore=shutil.ignore_patterns("images", ".*"))

    def _home(self) -> Path:
        """Return the user's home below the homes folder; its name is the user's, made safe and unique."""
        return Path(self.homes_dir) / quote(self.user.name, safe="").replace(".", "%2E")

    # ---- poll and stop

    async def poll(self) -> int | None:
        """Return None while the supervisor runs, its exit status (0 if not known) once it is gone."""
        if self._check_pending:  # the hub has just been started
            await self._outwait_end()
        status = self._status()
        if status is None:
            return None
        if self.identity is not None:  # it ran until now; its supervisor may have ended it, too
            await self.conclude("stopped" if self._stop_pending else "failed")
            self.clear_state()
        return status

    async def _outwait_end(self) -> None:
        """Wait for a server that is ending: the hub would wait a minute for it to answer, and nobody could start it."""
        session = self._session()
        if session is None or session.stop is None or session.until is None:
            return
        limit = session.until + timedelta(seconds=self.kill_timeout)
        while self._status() is None and session.stop <= datetime.now(timezone.utc) < limit:
            await asyncio.sleep(0.1)

    def _session(self) -> SessionFile | None:
        if self.grant is None:
            return None
        try:
            return read(Path(self.sessions_dir) / str(self.grant.id) / NAME)
        except (OSError, ValueError):
            return None

    def _status(self) -> int | None:
        if self.proc is not None:
            return self.proc.poll()
        return None if self.identity is not None and self.identity.alive() else 0

    async def stop(self, now: bool = False) -> None:
        """End the server and everything it started; returns once it is gone."""
        grant = self.grant
        if self._status() is None:
            self._send(signal.SIGKILL if now else signal.SIGTERM)
            if not await self.wait_for_death(self.stop_timeout):
                self._send(signal.SIGKILL)
                await self.wait_for_death(self.kill_timeout)
        if grant is not None:
            await asyncio.to_thread(sweep, str(grant.id))
        await self.poll()

    def _send(self, number: int) -> None:
        if self.identity is not None and self.identity.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.identity.pid, number)

    # ---- state

    def get_state(self) -> dict[str, Any]:
        """Return what must survive a restart of the hub: never a bare pid."""
        state = dict(super().get_state())
        state.pop("pid", None)
        if self.identity is not None:
            state["supervisor"] = vars(self.identity)
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what survived a restart of the hub."""
        super().load_state(state)
        if "supervisor" in state:
            self.identity = Identity(**state["supervisor"])
            self.pid = self.identity.pid

    def clear_state(self) -> None:
        """Forget the process."""
        super().clear_state()
        self.identity = None
        self.proc = None


def _private(path: str, flags: int) -> int:
    """Open a file that other users of the machine must not read."""
    return os.open(path, flags, 0o600)


def _devices(grant: Grant) -> dict[str, str]:
    """Return the variables by which processes see the GPUs of a grant: no GPU is said, not left out."""
    devices = ",".join(gpu.id for gpu in grant.gpus)
    return {"CUDA_VISIBLE_DEVICES": devices, "NVIDIA_VISIBLE_DEVICES": devices or "void"}
