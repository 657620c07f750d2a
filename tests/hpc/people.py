"""Somebody at a terminal, and the home that this is done from."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

from maia_hub.hpc.broker import place
from maia_hub.hpc.broker.client import BrokerClient
from maia_hub.hpc.ssh.questions import Question
from tests.slurm.site import Account
from tests.slurm.sshd import Sshd


class Person:
    """Answers questions by their kind, in turn, and remembers them; has no answer to what is not prepared."""

    def __init__(self, **answers: str | Iterable[str]) -> None:
        self._answers = {
            kind.replace("_", "-"): [given] if isinstance(given, str) else list(given)
            for kind, given in answers.items()
        }
        self.asked: list[Question] = []

    async def __call__(self, question: Question) -> str | None:
        """Answer."""
        self.asked.append(question)
        left = self._answers.get(question.kind, [])
        return left.pop(0) if left else None


class Home:
    """A home folder with a ``.ssh`` of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ssh = folder / ".ssh"
        self.ssh.mkdir(mode=0o700, parents=True)

    @property
    def known_hosts(self) -> Path:
        """The keys that this person knows."""
        return self.ssh / "known_hosts"

    def knows(self, sshd: Sshd, port: int | None = None) -> None:
        """Let a host's key be known."""
        with self.known_hosts.open("a") as file:
            file.write(f"[127.0.0.1]:{port or sshd.port} {sshd.host_key}\n")

    def host(self, alias: str, port: int, account: Account | None = None, **more: str) -> None:
        """Name a host in the configuration."""
        options = {"HostName": "127.0.0.1", "Port": str(port), **more}
        if account:
            options |= {"User": account.name, "IdentityFile": f"{account.key}"}
        with (self.ssh / "config").open("a") as file:
            file.write(f"Host {alias}\n" + "".join(f"  {key} {value}\n" for key, value in options.items()))


def stop_broker() -> None:
    """End the broker of this home if there is one, all connections with it, and what it kept below /tmp."""

    async def stop() -> None:
        client = BrokerClient()
        await client.stop()
        await client.close()

    if place.socket().exists():
        asyncio.run(stop())
    shutil.rmtree(place.folder())
