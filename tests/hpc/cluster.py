"""The real Slurm of the tests, used as an ordinary user without SSH in between."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from maia_hub.hpc.jobs import Job, Jobs
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.submitting import describe
from maia_hub.hpc.systems import Endpoint, System
from maia_hub.hpc.transport import Completed, ConnectionLost
from maia_hub.hpc.watching import OVER, Watch
from tests.slurm.place import AS_ROOT
from tests.slurm.site import Site

CLUSTER = System(name="cluster", control=Endpoint(host="cluster"), poll="1s")


class OnCluster(LocalTransport):
    """Runs every command as the user of a site; ``cut`` breaks the connection once the next such one has run."""

    def __init__(self, site: Site) -> None:
        account = site.account
        env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "SLURM_CONF": str(site.slurm.conf),
            "HOME": str(account.home),
            "USER": account.name,
        }
        super().__init__(account.home, env=env)
        self._other = ["setpriv", "--reuid", account.name, "--regid", account.name, "--init-groups", "--"]
        self.cut = ""
        self.asked: list[str] = []

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = 60,
    ) -> Completed:
        self.asked.append(argv[2] if argv[:2] == ["sh", "-c"] else argv[0])
        words = [*(self._other if AS_ROOT else []), *argv]
        done = await super().run(words, stdin=stdin, env=env, cwd=cwd, timeout=timeout)
        if self.cut and self.cut in argv:
            self.cut = ""
            raise ConnectionLost("The connection broke.", started=True)
        return done


def job(*command: str, **more: Any) -> Job:
    """Return a job for the cluster."""
    return describe(job_spec(**{"name": "a|b, 'c'", "command": command, "memory": "10M", **more}), CLUSTER)


def until_over(
    watch: Watch, jobs: Jobs, token: str, *, states: frozenset[str] | None = None, reason: str = ""
) -> Job:
    """Ask again and again until a job is over, or in one of some states, and for a reason if one is given."""

    async def go() -> Job:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            await watch.ask()
            found = jobs.get(token)
            if found.state in (states or OVER) and (not reason or found.reason == reason):
                return found
            await asyncio.sleep(0.2)
        raise AssertionError(f"{found.state} {found.reason} · load {os.getloadavg()}")

    return asyncio.run(go())
