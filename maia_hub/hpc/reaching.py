"""How a system is reached: this machine as it is, any other by the broker that owns the user's connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.broker.client import BrokerClient, BrokerTransport
from maia_hub.hpc.broker.delivery import Delivery
from maia_hub.hpc.broker.terminal import Size, Typed, terminal
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.ssh.questions import Prompter
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.systems import Endpoint, System, on_transfer
from maia_hub.hpc.transfer.folders import Folder
from maia_hub.hpc.transport import Transport


class Reach(Protocol):
    """Opens connections to systems."""

    def control(self, system: System) -> Transport:
        """Return the connection that commands go by."""
        ...

    def files(self, system: System, path: str) -> tuple[BrokerTransport, str]:
        """Return the connection that files go by, and what a path is called there."""
        ...

    def delivery(
        self, system: System, folders: Sequence[Folder], otherwise: Callable[[], Awaitable[Any]]
    ) -> Transport:
        """Return the connection that commands go by, with folders that go along with the first of them."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class ByBroker:
    """Reaches systems by the user's broker; ``ask`` asks a person for what only a person has."""

    def __init__(self, ask: Prompter | None = None) -> None:
        self._client = BrokerClient(ask)

    def control(self, system: System) -> Transport:
        """Return the connection that commands go by; InvalidInput if the system has none."""
        if system.scheduler == "local":
            return LocalTransport()
        if system.control is None:
            raise InvalidInput(
                f"{system.title or system.name} runs no commands.", advice="Name control in its file."
            )
        return self._client.system(_target(system.control))

    def files(self, system: System, path: str) -> tuple[BrokerTransport, str]:
        """Return the connection that files go by, and what a path is called there."""
        if system.files is None:
            raise InvalidInput("The files of jobs on this machine are here already.", given=path)
        name = on_transfer(system.files, path) if system.transfer else path
        if name is None:
            raise InvalidInput(
                f"{system.files.host} does not reach {path}.",
                allowed=", ".join(each.control for each in system.files.paths),
                advice="Let work in the system's file be in one of these folders.",
            )
        return self._client.system(_target(system.files), files_only=system.files.files_only), name

    def delivery(
        self, system: System, folders: Sequence[Folder], otherwise: Callable[[], Awaitable[Any]]
    ) -> Transport:
        """Return the connection that commands go by, with folders that go along with the first of them."""
        assert system.control is not None
        return Delivery(self._client, _target(system.control), folders, otherwise)

    async def sign_in(self, system: System) -> None:
        """Open the connection that commands go by now, asking the person if there is one."""
        if system.control is not None:
            await self._client.system(_target(system.control)).sign_in()

    async def terminal(
        self, system: System, typed: Typed, seen: Callable[[bytes], None], *, term: str, size: Size
    ) -> int:
        """Hold a terminal on a system; return the status of its shell."""
        if system.control is None:
            raise InvalidInput(
                f"There is no shell on {system.title or system.name}.",
                allowed="a system whose file names control",
                advice="On this machine any terminal will do."
                if system.scheduler == "local"
                else "Name control in its file.",
            )
        return await terminal(self._client, _target(system.control), typed, seen, term=term, size=size)

    async def close(self) -> None:
        """End the conversation; the broker keeps the connections for others."""
        await self._client.close()


def _target(endpoint: Endpoint) -> Target:
    return Target(host=endpoint.host, user=endpoint.user, port=endpoint.port)
