"""A system's connection over which the next command takes folders along, in one exchange where they changed little."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from maia_hub.hpc.broker.client import BrokerClient, BrokerTransport
from maia_hub.hpc.broker.messages import data
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer.folders import Folder
from maia_hub.hpc.transport import DEFAULT_TIMEOUT, Completed


class Delivery(BrokerTransport):
    """Takes folders along with the first command; ``otherwise`` sends them where that is too much at once."""

    def __init__(
        self,
        client: BrokerClient,
        target: Target,
        folders: Sequence[Folder],
        otherwise: Callable[[], Awaitable[Any]],
    ) -> None:
        super().__init__(client, target)
        self._delivered = client
        self._folders = folders
        self._otherwise = otherwise

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run a program; see `Transport`. The first time the folders are up to date before it begins."""
        folders, self._folders = self._folders, ()
        if folders and cwd is None:
            done = await self._delivered.call(
                "deliver",
                self.target,
                folders=[
                    (data(str(each.local.absolute())), data(each.root), [data(rule) for rule in each.ignore])
                    for each in folders
                ],
                argv=[data(word) for word in argv],
                stdin=stdin,
                env={name: data(value) for name, value in (env or {}).items()},
                timeout=timeout,
            )
            if done is not None:
                return Completed(**done)
        if folders:
            await self._otherwise()
        return await super().run(argv, stdin=stdin, env=env, cwd=cwd, timeout=timeout)
