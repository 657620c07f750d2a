"""A real sshd on the loopback, for ordinary users with keys."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil

from tests.ports import free_port
from tests.slurm import configuration, programs
from tests.slurm.daemons import Daemon, listens


class Sshd:
    """One sshd with a host key of its own; `authorized` holds a file of public keys for every user."""

    def __init__(
        self,
        folder: Path,
        authorized: Path,
        environment: str = "LANG=C.UTF-8",
        sftp: str = "internal-sftp",
    ) -> None:
        programs.ensure()
        self.folder = folder
        self.port = free_port()
        self._authorized = authorized
        self._environment = environment
        self._sftp = sftp
        folder.mkdir(exist_ok=True)
        self._daemon = Daemon(["sshd", "-D", "-e", "-f", str(folder / "sshd_config")], folder / "sshd.log")

    @property
    def log(self) -> Path:
        """What it says."""
        return self._daemon.log

    @property
    def host_key(self) -> str:
        """The public half of its key: type and key."""
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    def start(self) -> Sshd:
        """Start it, again too."""
        if not (self.folder / "host_key").exists():
            self.new_host_key()
        config = configuration.sshd(self.folder, self._authorized, self.port, self._environment, self._sftp)
        (self.folder / "sshd_config").write_text(config)
        self._daemon.start(lambda: listens(self.port))
        return self

    def stop(self) -> None:
        """End it with all its connections, as a crash of the machine would."""
        if self._daemon.alive:
            for child in psutil.Process(self._daemon.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if child.name() == "sshd":
                        child.send_signal(signal.SIGKILL)
        self._daemon.stop(signal.SIGKILL)

    def restart(self) -> None:
        """End it with all its connections, and start it again."""
        self.stop()
        self.start()

    def new_host_key(self) -> None:
        """Give it another host key; it counts from the next start."""
        new_key(self.folder / "host_key")


def new_key(path: Path, passphrase: str = "") -> Path:
    """Make a pair of keys in the place of what was there; return the private half's path."""
    for old in (path, path.with_name(path.name + ".pub")):
        old.unlink(missing_ok=True)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path
