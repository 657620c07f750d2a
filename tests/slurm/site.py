"""A whole Slurm system as people meet it: a login node, a scheduler, accounts."""

from __future__ import annotations

import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.slurm.place import AS_ROOT, Place
from tests.slurm.slurm import Slurm
from tests.slurm.sshd import Sshd, new_key

SFTP_SERVER = "/usr/lib/openssh/sftp-server"


@dataclass(frozen=True)
class Account:
    """An ordinary user, and the key that lets in."""

    name: str
    home: Path
    key: Path

    def login_script(self, text: str) -> None:
        """Let every new session run this first, as sites do that load modules there; empty for none."""
        (self.home / ".bashrc").write_text(text)


class Site:
    """A Slurm behind an sshd, with one account from the start.

    `jump` is another sshd to come by, and `plain` one whose sftp is a program, as sshd comes; neither runs at first.
    """

    def __init__(self, *, accounting: bool = False, min_job_age: int = 10) -> None:
        self._place = Place()
        self.folder = self._place.folder
        self.slurm = Slurm(self._place.make("slurm"), accounting=accounting, min_job_age=min_job_age)
        self._authorized = self._place.make("authorized")
        self.sshd = Sshd(self.folder / "login", self._authorized, f"SLURM_CONF={self.slurm.conf}")
        self.jump = Sshd(self.folder / "jump", self._authorized)
        self.plain = Sshd(self.folder / "plain", self._authorized, sftp=SFTP_SERVER)
        self.account: Account

    def start(self) -> Site:
        """Start it; it takes jobs when this returns."""
        self.account = self.add_account("ada")
        self.sshd.start()
        self.slurm.start()
        self.slurm.add_user(self.account.name)
        return self

    def stop(self) -> None:
        """End it without a trace."""
        self.slurm.stop()
        self.sshd.stop()
        self.jump.stop()
        self.plain.stop()
        self._place.remove()

    def add_account(self, name: str, passphrase: str = "") -> Account:
        """Make another user."""
        full = self._place.account(name)
        home = Path(pwd.getpwnam(full).pw_dir)
        key = new_key(self._place.make(f"keys/{name}") / "id_ed25519", passphrase)
        shutil.copy(key.with_name("id_ed25519.pub"), self._authorized / full)
        return Account(full, home, key)

    def run_as(self, account: Account, *command: str) -> str:
        """Run a command as a user of it; return what it says."""
        other = ["setpriv", "--reuid", account.name, "--regid", account.name, "--init-groups", "--"]
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "SLURM_CONF": str(self.slurm.conf),
            "HOME": str(account.home),
            "USER": account.name,
        }
        done = subprocess.run(
            [*(other if AS_ROOT else []), *command],
            env=environment,
            cwd=account.home,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@contextmanager
def running(*, accounting: bool = False, min_job_age: int = 10) -> Iterator[Site]:
    """Let a system run for a while."""
    site = Site(accounting=accounting, min_job_age=min_job_age)
    try:
        yield site.start()
    finally:
        site.stop()
