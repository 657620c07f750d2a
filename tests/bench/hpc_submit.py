"""A changed project submitted again and again to a real Slurm behind a real sshd, against how it is done by hand.

By hand: `ssh … mkdir`, `rsync` of the code, `rsync` of the data, `ssh … sbatch`, each a connection of its own. Ours is
the library's one call over the connection that is open, with all it does: the job is remembered first, what changed is
sent and verified, the job is announced, submitted once and its id noted. Both change one file of 30 each time, and
their submissions take turns. `value` is our milliseconds for one, `ratio` ours divided by theirs. `login_…`: the same
where a login script takes 250 ms. `far_…`: without it, but 50 ms of round trip away.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from maia_hub.hpc.broker.client import BrokerClient
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.verbs import Verbs
from tests.bench.report import report
from tests.slurm.proxy import between
from tests.slurm.site import Site, running

FILES, DATA = 30, 10
LOGIN_SCRIPT = "sleep 0.25\n"
DELAY = 0.025
"""Seconds that a byte is on its way: half of a round trip."""
SCRIPT = "#!/bin/bash\n#SBATCH --job-name=x --mem=1 --output=slurm-%j.out\ntrue\n"


@dataclass(frozen=True)
class Taken:
    """Seconds for each submission, by both ways."""

    ours: list[float]
    by_hand: list[float]

    @property
    def ratio(self) -> float:
        """Ours divided by theirs, over all submissions."""
        return sum(self.ours) / sum(self.by_hand)


class Bench:
    """A home with a project, its data and an ssh configuration that reaches the system by a port."""

    def __init__(self, site: Site, home: Path, port: int) -> None:
        self.site = site
        self.project, self.data = home / "project", home / "data"
        for folder, count in ((self.project, FILES), (self.data, DATA)):
            folder.mkdir()
            for number in range(count):
                (folder / f"f{number}.py").write_text(f"print({number})\n" * 100)
        (self.project / "job.sh").write_text(SCRIPT)
        ssh = home / ".ssh"
        ssh.mkdir(mode=0o700)
        (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} {site.sshd.host_key}\n")
        options = {
            "HostName": "127.0.0.1",
            "Port": port,
            "User": site.account.name,
            "IdentityFile": site.account.key,
            "UserKnownHostsFile": ssh / "known_hosts",
        }
        (ssh / "config").write_text(
            "Host login\n" + "".join(f"  {key} {value}\n" for key, value in options.items())
        )
        (home / ".maia" / "systems").mkdir(parents=True)
        (home / ".maia" / "systems" / "login.yaml").write_text("control: {host: login}\n")
        self._ssh = ["ssh", "-F", str(ssh / "config")]

    def change(self, number: int) -> None:
        """Change one file."""
        (self.project / f"f{number % FILES}.py").write_text(
            f"print('{number} {time.monotonic_ns()}')\n" * 100
        )

    async def ours(self, verbs: Verbs) -> float:
        """Submit by the library; return the seconds."""
        spec = job_spec(name="x", command=["true"], memory="1M")
        began = time.perf_counter()
        await verbs.submit(spec, verbs.system("login"), project=self.project, data=[self.data])
        return time.perf_counter() - began

    def by_hand(self) -> float:
        """Submit as one does by hand; return the seconds."""
        shell = " ".join(self._ssh)
        began = time.perf_counter()
        for command in (
            [*self._ssh, "login", "mkdir -p hand/project hand/data"],
            ["rsync", "-a", "-e", shell, f"{self.project}/", "login:hand/project/"],
            ["rsync", "-a", "-e", shell, f"{self.data}/", "login:hand/data/"],
            [*self._ssh, "login", "cd hand/project && sbatch --parsable job.sh"],
        ):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    async def measure(self, count: int, by_hand: int) -> Taken:
        """Submit by both ways in turns; the first of each, which sends all, does not count."""
        verbs = Verbs()
        taken = Taken([], [])
        try:
            for number in range(count + 1):
                self.change(number)
                taken.ours.append(await self.ours(verbs))
                if number <= by_hand:
                    taken.by_hand.append(await asyncio.to_thread(self.by_hand))
        finally:
            await verbs.close()
        return Taken(taken.ours[1:], taken.by_hand[1:])


@contextmanager
def home() -> Iterator[Path]:
    """Live in another home for a while, with a broker of its own."""
    with tempfile.TemporaryDirectory(prefix="maia-bench-") as name:
        os.environ |= {"HOME": name, "XDG_CACHE_HOME": f"{name}/cache", "MAIA_HPC_RUN": f"{name}/run"}
        os.environ.pop("SSH_AUTH_SOCK", None)
        try:
            yield Path(name)
        finally:
            asyncio.run(_stop())


async def _stop() -> None:
    client = BrokerClient()
    await client.stop()
    await client.close()


def measure(site: Site, port: int, count: int, by_hand: int) -> Taken:
    """Measure with a fresh home."""
    with home() as folder:
        taken = asyncio.run(Bench(site, folder, port).measure(count, by_hand))
    site.slurm.run("scancel", f"--user={site.account.name}")
    return taken


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=100)
    parser.add_argument("--others", type=int, default=20, help="with a login script, and far away")
    given = parser.parse_args()
    with running() as site:
        near = measure(site, site.sshd.port, given.submissions, given.submissions)
        site.account.login_script(LOGIN_SCRIPT)
        login = measure(site, site.sshd.port, given.others, given.others)
        site.account.login_script("")
        with between(site.sshd.port, delay=DELAY) as proxy:
            far = measure(site, proxy.port, given.others, given.others)
    report(
        "hpc_submit",
        value=1000 * median(near.ours),
        unit="ms for one submission of a changed project",
        against="ssh mkdir, two rsync, ssh sbatch",
        ratio=near.ratio,
        n=len(near.ours),
        worst_ms=1000 * max(near.ours),
        by_hand_ms=1000 * median(near.by_hand),
        login_ratio=login.ratio,
        login_ms=1000 * median(login.ours),
        login_by_hand_ms=1000 * median(login.by_hand),
        far_ratio=far.ratio,
        far_ms=1000 * median(far.ours),
        far_by_hand_ms=1000 * median(far.by_hand),
    )


if __name__ == "__main__":
    main()
