"""Three thousand servers, and two hundred ends at the same moment: ``python -m tests.bench.scale``.

The cluster is a control plane of its own with simulated nodes (KWOK): its pods come and go, nothing runs in them.
Hub, spawner, proxy, service and control loops are the real ones, as processes of this machine, and every server is in
the hub's database, the bookings' and the cluster as if it had been started; one process answers for all of them.

``value``: seconds from the end T of two hundred sessions until the last of their GPUs is free, that is its pod gone
and its lease released (negative: before T). ``ratio``: that to the five seconds that were aimed at, at least 0.
``idle_cpu_percent`` and ``reflector_cpu_percent`` are of a core, over a quiet minute before: of the service with its
control loops, and of a process that does nothing but follow the pods as the hub's spawner does. ``hub_cpu_percent`` is
that of the whole hub, which looks at each server twice a minute. ``back`` is when the last of the two hundred users had
a server again, on CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psutil
from traitlets.config import Config

from maia_hub.hub.setup import REFLECTORS
from tests.bench.clusters import Ends
from tests.bench.crowd import (
    Crowd,
    Member,
    answering,
    control_plane,
    create,
    members,
    pattern,
    pods,
    simulate,
    write_bookings,
    write_servers,
)
from tests.bench.report import report
from tests.deployed.site import SERVERS, rights
from tests.kube import helm
from tests.platform import eventually

COUNT, ENDING = 3000, 200
QUIET = 60.0  # seconds over which idling is measured
AIM = 5.0
LEAD = timedelta(minutes=8)
"""From the writing of the bookings to the end of two hundred: the hub looks at all first, then nothing happens."""
_MIB = 2**20


def follow(namespace: str) -> None:
    """Follow the pods as the hub's spawner does, and nothing else."""

    async def run() -> None:
        from kubespawner.clients import load_config
        from kubespawner.spawner import PodReflector

        load_config()
        config = Config({"ResourceReflector": REFLECTORS})
        labels = {"component": "singleuser-server"}
        reflector = PodReflector(config=config, labels=labels, namespace=namespace)
        await reflector.start()
        await asyncio.Event().wait()

    asyncio.run(run())


class Cost:
    """What processes need: CPU time from its making to the look, and memory now."""

    def __init__(self, **pids: int) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._began = time.monotonic()
        self._before = {name: self._cpu(name) for name in pids}

    def percent(self, name: str) -> float:
        """Return the share of a core, in percent."""
        return 100 * (self._cpu(name) - self._before[name]) / (time.monotonic() - self._began)

    def memory(self, name: str) -> float:
        """Return the resident memory in MiB."""
        return float(self._processes[name].memory_info().rss / _MIB)

    def _cpu(self, name: str) -> float:
        times = self._processes[name].cpu_times()
        return float(times.user + times.system)


def settle(site: Crowd) -> None:
    """Wait until every pod says what it should, which is what the service has to catch up with."""

    def written() -> bool:
        before = _patches(site)
        time.sleep(5)
        return _patches(site) == before

    eventually(written, "the service is idle", 180, every=0.1)


def _patches(site: Crowd) -> int:
    """Count what the API server was asked to write on pods."""
    text = site.kube.kubectl("get", "--raw", "/metrics")
    lines = (line for line in text.splitlines() if line.startswith("apiserver_request_total"))
    wanted = (line for line in lines if 'verb="PATCH"' in line and 'resource="pods"' in line)
    return sum(int(float(line.rpartition(" ")[2])) for line in wanted if 'subresource=""' in line)


def idle(site: Crowd, quiet: float) -> dict[str, float]:
    """Measure what it costs when nothing happens."""
    environment = {**os.environ, "KUBECONFIG": str(site.kube.kubeconfig)}
    command = [sys.executable, "-m", "tests.bench.scale", "--follow", SERVERS]
    reflector = subprocess.Popen(command, env=environment)
    try:
        time.sleep(10)
        pids = {name: site.processes[name].pid for name in ("service", "hub")}
        cost = Cost(**pids, reflector=reflector.pid)
        time.sleep(quiet)
        assert reflector.poll() is None, "the reflector follows the pods"
        return {
            "idle_cpu_percent": cost.percent("service"),
            "memory": cost.memory("service"),
            "reflector_cpu_percent": cost.percent("reflector"),
            "reflector_memory": cost.memory("reflector"),
            "hub_cpu_percent": cost.percent("hub"),
            "hub_memory": cost.memory("hub"),
        }
    finally:
        reflector.kill()
        reflector.wait(10)


def ends(site: Crowd, seen: Ends, ending: list[Member], end: datetime) -> dict[str, float]:
    """Wait for the ends; return when the last pod was gone, the last lease released, the last user back on CPU."""
    cost = Cost(service=site.processes["service"].pid, hub=site.processes["hub"].pid)
    time.sleep(max(0.0, (end - timedelta(seconds=1) - datetime.now(timezone.utc)).total_seconds()))
    gone = max(seen.of(str(member.grant)) for member in ending)
    released = eventually(lambda: _released(site, ending), "all leases are released", 120, every=0.2)
    eventually(lambda: _back(site, ending), "everybody is back on CPU", 300, every=0.5)
    return {
        "pods_gone": (gone - end).total_seconds(),
        "released": (released - end).total_seconds(),
        "back": (datetime.now(timezone.utc) - end).total_seconds(),
        "service_cpu_percent_at_ends": cost.percent("service"),
        "hub_cpu_percent_at_ends": cost.percent("hub"),
    }


def _released(site: Crowd, ending: list[Member]) -> datetime | None:
    """Return when the last of the leases was released; None if one is not."""
    asked = ", ".join(f"'{member.grant.hex}'" for member in ending)
    with closing(sqlite3.connect(site.database, timeout=10)) as database:
        query = f"SELECT count(released), max(released) FROM leases WHERE id IN ({asked})"
        ((count, last),) = database.execute(query).fetchall()
    return datetime.fromisoformat(last).replace(tzinfo=timezone.utc) if count == len(ending) else None


def _back(site: Crowd, ending: list[Member]) -> bool:
    names = ", ".join(f"'{member.user}'" for member in ending)
    query = f"SELECT count(*) FROM servers WHERE user IN ({names}) AND state = 'running' AND kind = 'cpu'"
    with closing(sqlite3.connect(site.database, timeout=10)) as database:
        return bool(database.execute(query).fetchone()[0] == len(ending))


def measure(folder: Path, count: int, ending: int, lead: timedelta, quiet: float) -> dict[str, float]:
    """Make the crowd, measure it idle and at the ends."""
    with ExitStack() as stack:
        kube = stack.enter_context(control_plane(folder))
        simulate(kube, count)
        stack.enter_context(helm.installed(kube, "maia-hub", helm.NAMESPACE, {}))
        stack.enter_context(rights(kube))
        site = Crowd(kube, folder)
        stack.enter_context(answering(site.port))
        try:
            site.start()
            like = pattern(site)
            site.rest()
            end = datetime.now(timezone.utc) + lead
            crowd = members(count, ending, end)
            made = pods(like, crowd, write_bookings(site, crowd))
            hub = kube.kubectl("create", "token", "maia-hub-hub", "-n", helm.NAMESPACE).strip()
            create(kube, f"/api/v1/namespaces/{SERVERS}/pods", made, hub)
            write_servers(site, like, crowd)
            site.wake()
            settle(site)
            found = idle(site, quiet)
            assert datetime.now(timezone.utc) < end - timedelta(seconds=45), "give it a longer lead: --lead"
            seen = stack.enter_context(Ends(kube))
            return {**found, **ends(site, seen, crowd[:ending], end)}
        except BaseException:
            print(site.logs(), file=sys.stderr)
            raise
        finally:
            for process in site.processes.values():
                process.terminate()
                process.wait(60)


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=int, default=COUNT, help=f"how many servers there are [{COUNT}]")
    parser.add_argument("--runs", type=int, default=ENDING, help=f"how many end together [{ENDING}]")
    parser.add_argument("--lead", type=float, default=LEAD.total_seconds(), help="seconds until they end")
    parser.add_argument("--quiet", type=float, default=QUIET, help="seconds of idling that are measured")
    parser.add_argument("--follow", metavar="NAMESPACE", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.follow:
        follow(given.follow)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), given.servers, given.runs, timedelta(seconds=given.lead), given.quiet)
    value = max(found["pods_gone"], found["released"])
    report(
        "scale",
        value=value,
        unit="s",
        ratio=max(value, 0.0) / AIM,
        against="five seconds after the end",
        n=given.runs,
        servers=float(given.servers),
        **found,
    )


if __name__ == "__main__":
    main()
