"""A real Slurm: controller, one node with simulated GPUs, and, where asked for, accounting."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from pathlib import Path

from tests.ports import free_port
from tests.slurm import configuration, programs
from tests.slurm.daemons import Daemon, listens, succeeds
from tests.slurm.place import AS_ROOT


class Slurm:
    """Slurm in a folder. Without accounting, a job that ended is forgotten after `min_job_age` seconds."""

    def __init__(self, folder: Path, *, accounting: bool = False, min_job_age: int = 10) -> None:
        programs.ensure(accounting=accounting)
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self.environment = {**os.environ, "SLURM_CONF": str(self.conf)}
        self._ports = (free_port(), free_port())
        self._dbd_port = free_port() if accounting else None
        self._min_job_age = min_job_age
        self._munged = self._daemon("munged", *self._munge_options())
        self.controller = self._daemon("slurmctld", "-D")
        self.node = self._daemon("slurmd", "-D")
        self._mariadb = self._daemon("mariadbd", *self._mariadb_options()) if accounting else None
        self._dbd = self._daemon("slurmdbd", "-D") if accounting else None
        self.environment["MYSQL_UNIX_PORT"] = str(folder / "mariadb.socket")

    def start(self) -> Slurm:
        """Write its files and start it; it takes jobs when this returns."""
        self._write()
        self._munged.start((self.folder / "munge.socket").exists)
        if self._mariadb and self._dbd:
            self._start_accounting(self._mariadb, self._dbd)
        self.start_controller()
        self.node.start(self._idle)
        return self

    def start_controller(self) -> None:
        """Start slurmctld, again too; it knows what it knew."""
        self.controller.start(lambda: succeeds(["scontrol", "ping"], self.environment))

    def stop_controller(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End slurmctld alone: kindly, or as a crash would with SIGKILL."""
        self.controller.stop(how)

    def restart_controller(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End slurmctld, and start it again."""
        self.stop_controller(how)
        self.start_controller()

    def stop(self) -> None:
        """End all of it."""
        for daemon in (self.node, self.controller, self._dbd, self._mariadb, self._munged):
            if daemon:
                daemon.stop(signal.SIGKILL)

    def run(self, *command: str, check: bool = True) -> str:
        """Run one of Slurm's commands as the administrator; return what it says."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{command}: {done.stderr}")
        return done.stdout

    def _daemon(self, name: str, *options: str) -> Daemon:
        return Daemon([name, *options], self.folder / f"{name}.log", self.environment)

    def _munge_options(self) -> tuple[str, ...]:
        files = {"key": "munge.key", "log": "munge.log", "pid": "munge.pid", "seed": "munge.seed"}
        named = (f"--{option}-file={self.folder / name}" for option, name in files.items())
        return ("--foreground", f"--socket={self.folder}/munge.socket", *named)

    def _mariadb_options(self) -> tuple[str, ...]:
        return (
            "--no-defaults",
            f"--datadir={self.folder}/mariadb",
            f"--socket={self.folder}/mariadb.socket",
            f"--pid-file={self.folder}/mariadb.pid",
            "--skip-networking",
            "--innodb-buffer-pool-size=64M",
            "--innodb-flush-log-at-trx-commit=0",
            *(("--user=root",) if AS_ROOT else ()),
        )

    def _write(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        self.conf.write_text(configuration.slurm(self.folder, self._ports, self._dbd_port, self._min_job_age))
        (self.folder / "gres.conf").write_text(configuration.gres(self.folder))
        (self.folder / "cgroup.conf").write_text(configuration.cgroup())
        for index in range(configuration.GPUS):
            self._fake(self.folder / f"fakegpu{index}")

    @staticmethod
    def _fake(path: Path) -> None:
        """Make what Slurm takes for a GPU; only for a real device does it say which ones a job has."""
        if AS_ROOT:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        else:
            path.touch()

    def _start_accounting(self, mariadb: Daemon, dbd: Daemon) -> None:
        assert self._dbd_port is not None
        port = self._dbd_port
        socket = self.folder / "mariadb.socket"
        user = ["--user=root"] if AS_ROOT else []
        install = ["mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/mariadb", *user]
        subprocess.run(
            [*install, "--auth-root-authentication-method=socket", "--skip-test-db"],
            check=True,
            capture_output=True,
        )
        mariadb.start(socket.exists)
        file = self.folder / "slurmdbd.conf"
        file.write_text(configuration.slurmdbd(self.folder, port))
        file.chmod(0o600)
        dbd.start(lambda: listens(port))
        self.run("sacctmgr", "--immediate", "add", "cluster", "maia")
        self.run("sacctmgr", "--immediate", "add", "account", "lab", "Description=lab", "Organization=lab")

    def add_user(self, name: str) -> None:
        """Let a user's jobs be counted."""
        if self._dbd:
            self.run("sacctmgr", "--immediate", "add", "user", name, "Account=lab")

    def _idle(self) -> bool:
        return "idle" in self.run("sinfo", "--noheader", "--format=%t", check=False)
