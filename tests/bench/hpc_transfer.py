"""A large file and many small ones to a system and back, against rsync over ssh and sftp, 50 ms away.

All of them go through the same proxy, a process of its own that delays every byte by 25 ms each way, to the same real
sshd on the loopback, and write to the same disk; ours goes by the library, with all it does: hashes at both ends, the
manifest, files that have their final name only when they are whole. `value` is the large file's megabytes a second to
the system, `ratio` the worse of its two directions against rsync. sftp takes several round trips for each file: it is
measured on fewer of the small ones (`--peer-files`), and compared by files a second. Without the proxy: `near_…`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer.fetch import fetch
from maia_hub.hpc.transfer.send import send
from tests.bench.report import report
from tests.slurm.site import Site, running

SMALL = 10_000
"""Bytes of a small file."""
DELAY = 0.025
"""Seconds that a byte is on its way: half of a round trip."""


class Bench:
    """The folders of one run, and the ways to move them."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.options: list[str] = []
        self.target = Target(host="")

    def reached_at(self, port: int) -> None:
        """Let everything go through a port."""
        account = self.site.account
        known = self.folder / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {self.site.sshd.host_key}\n")
        shutil.copy(known, Path.home() / ".ssh" / "known_hosts")
        (Path.home() / ".ssh" / "config").write_text(f"Host *\n  IdentityFile {account.key}\n")
        options = {
            "UserKnownHostsFile": known,
            "IdentityFile": account.key,
            "Port": port,
            "User": account.name,
        }
        self.options = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        self.target = Target(host="127.0.0.1", port=port, user=account.name)

    def ours(self, name: str, *, back: bool) -> float:
        """Return the seconds that the library takes, over a connection that is open already."""
        return asyncio.run(self._ours(name, back))

    async def _ours(self, name: str, back: bool) -> float:
        link = Link(self.target)
        await link.run(["true"])
        began = time.perf_counter()
        if back:
            await fetch(link, name, self.folder / "back")
        else:
            await send(link, self.folder / name, name)
        took = time.perf_counter() - began
        await link.close()
        return took

    def rsync(self, name: str, *, back: bool) -> float:
        """Return the seconds that rsync over ssh takes."""
        shell = " ".join(["ssh", *self.options])
        there, here = f"127.0.0.1:{name}/", f"{self.folder / ('back' if back else name)}/"
        ends = [there, here] if back else [here, there]
        return _timed("rsync", "-a", "--whole-file", "-e", shell, *ends)

    def sftp(self, name: str, *, back: bool) -> float:
        """Return the seconds that sftp takes."""
        command = f"get -r {name} {self.folder}/back" if back else f"put -r {self.folder / name} {name}"
        return _timed("sftp", *self.options, "-b", "-", "127.0.0.1", given=f"{command}\n")

    def measure(self, way: Callable[..., float], name: str) -> tuple[float, float]:
        """Return the seconds there and back, each time to where nothing is."""
        self.site.run_as(self.site.account, "rm", "-rf", name)
        shutil.rmtree(self.folder / "back", ignore_errors=True)
        there = way(name, back=False)
        back = way(name, back=True)
        self.site.run_as(self.site.account, "rm", "-rf", name)
        shutil.rmtree(self.folder / "back", ignore_errors=True)
        return there, back


def _timed(*command: str, given: str = "") -> float:
    began = time.perf_counter()
    subprocess.run(command, input=given, text=True, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


@contextmanager
def far(port: int) -> Iterator[int]:
    """Yield a port from which the given one is far away."""
    command = [sys.executable, "-m", "tests.slurm.proxy", str(port), str(DELAY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout is not None
        try:
            yield int(proxy.stdout.readline())
        finally:
            proxy.terminate()


def fill(folder: Path, megabytes: int, files: int, peer_files: int) -> None:
    """Make what is moved: bytes that do not compress."""
    chance = random.Random(7)
    block = chance.randbytes(1 << 20)
    (folder / "large").mkdir()
    with (folder / "large" / "file").open("wb") as file:
        for n in range(megabytes):
            file.write(n.to_bytes(8, "big") + block[8:])
    for name, count in (("small", files), ("few", peer_files)):
        for n in range(count):
            place = folder / name / f"d{n % 100}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"f{n}").write_bytes(chance.randbytes(SMALL))


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=2048)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--peer-files", type=int, default=200)
    given = parser.parse_args()
    with running() as site, tempfile.TemporaryDirectory(prefix="maia-bench-") as name:
        folder = Path(name)
        os.environ |= {"HOME": name, "XDG_CACHE_HOME": f"{name}/cache"}
        (folder / ".ssh").mkdir(mode=0o700)
        fill(folder, given.megabytes, given.files, given.peer_files)
        bench = Bench(site, folder)
        with far(site.sshd.port) as port:
            bench.reached_at(port)
            ours, rsync = bench.measure(bench.ours, "large"), bench.measure(bench.rsync, "large")
            many, rsync_many = bench.measure(bench.ours, "small"), bench.measure(bench.rsync, "small")
            few = bench.measure(bench.sftp, "few")
        bench.reached_at(site.sshd.port)
        near, near_rsync = bench.measure(bench.ours, "large"), bench.measure(bench.rsync, "large")
    share = given.files / given.peer_files
    report(
        "hpc_transfer",
        value=given.megabytes / ours[0],
        unit="MiB/s to the system, one large file, 50 ms round trip",
        against="rsync over ssh",
        ratio=min(rsync[0] / ours[0], rsync[1] / ours[1]),
        n=1,
        megabytes=given.megabytes,
        files=given.files,
        back=given.megabytes / ours[1],
        rsync=given.megabytes / rsync[0],
        rsync_back=given.megabytes / rsync[1],
        small_files_per_s=given.files / many[0],
        small_files_per_s_back=given.files / many[1],
        small_ratio_to_sftp=few[0] * share / many[0],
        small_ratio_to_sftp_back=few[1] * share / many[1],
        small_ratio_to_rsync=rsync_many[0] / many[0],
        small_ratio_to_rsync_back=rsync_many[1] / many[1],
        near=given.megabytes / near[0],
        near_back=given.megabytes / near[1],
        near_ratio=min(near_rsync[0] / near[0], near_rsync[1] / near[1]),
    )


if __name__ == "__main__":
    main()
