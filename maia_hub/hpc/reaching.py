"""How a system is reached: this machine as it is, any other by the broker that owns the user's connections."""

from __future__ import annotations

from typing import Protocol

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.broker.client import BrokerClient, BrokerTransport
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.ssh.questions import Prompter
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.systems import Endpoint, System, on_transfer
from maia_hub.hpc.transport import Transport


class Reach(Protocol):
    """Opens connections to systems."""

    def control(self, system: System) -> Transport:
        """Return the connection that commands go by."""
        ...

    def files(self, system: System, path: str) -> tuple[BrokerTransport, str]:
        """Return the connection that files go by, and what a path is called there."""
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
        return self._client.system(_target(system.files)), name

    async def close(self) -> None:
        """End the conversation; the broker keeps the connections for others."""
        await self._client.close()


def _target(endpoint: Endpoint) -> Target:
    return Target(host=endpoint.host, user=endpoint.user, port=endpoint.port)
