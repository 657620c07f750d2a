"""What has been used of a system, and what is left: GPU-hours by Slurm's accounting, and what the site's tool says.

Tried against the accounting of Slurm 22.05: one's own hours. Answers of sreport and sshare are read as its manual
has them, with limits that no system of the tests has; projinfo, which some sites have, was never met, and is passed on.
"""

from __future__ import annotations

from dataclasses import dataclass

from maia_hub.hpc import showing, slurm
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import Transport

DAYS = 30
_ACCOUNTS = f"sacctmgr -n -P show assoc where {slurm.USER} format=Account"
_REPORT = (
    "sreport -n -P -t Minutes -T gres/gpu cluster AccountUtilizationByUser "
    f"start=now-{DAYS}days end=now format=Account,Login,Used"
)
_SHARES = "sshare -n -P -a -o Account,User,GrpTRESMins,GrpTRESRaw"
_SITE = "command -v projinfo > /dev/null 2>&1 || exit 1; exec projinfo"
_WITHIN = 60.0


@dataclass(frozen=True)
class Account:
    """GPU-hours of an account; ``used`` are all of its people's in the last 30 days, up to the last full hour.

    ``limit`` and ``counted`` are Slurm's limit and what it counts against that; a site may let what it counts decay.
    None: Slurm does not say.
    """

    name: str
    used: float | None = None
    limit: float | None = None
    counted: float | None = None

    @property
    def left(self) -> float | None:
        """What is left of the limit."""
        return None if self.limit is None or self.counted is None else max(0.0, self.limit - self.counted)


@dataclass(frozen=True)
class Usage:
    """``own`` GPU-hours of the last 30 days, those of one's accounts, and what the site's tool says, as it says it."""

    own: float | None
    accounts: tuple[Account, ...]
    said: str = ""
    trouble: str = ""


async def usage(system: System, transport: Transport) -> Usage:
    """Ask a system; what it cannot say is left out, and ``trouble`` tells why nothing is known of one's own."""
    if system.scheduler == "local":
        return Usage(None, (), trouble="Nobody counts on this machine.")

    async def ask(program: str) -> tuple[bool, str, str]:
        done = await transport.run(["sh", "-c", program], env={**slurm.CLOCK, "LC_ALL": "C"}, timeout=_WITHIN)
        return done.status == 0, done.text, done.complaint

    answered, own, complaint = await ask(showing.GPU_TIME)
    site, said, _ = await ask(_SITE)
    said = said.strip() if site else ""
    if not answered:
        off = any(each in complaint for each in slurm.NO_ACCOUNTING)
        return Usage(None, (), said, "Slurm keeps no accounts there." if off else complaint)
    names = sorted(set((await ask(_ACCOUNTS))[1].split()))
    report, shares = (await ask(_REPORT))[1], (await ask(_SHARES))[1]
    used, limits = reported(report), limited(shares)
    accounts = tuple(Account(name, used.get(name), *limits.get(name, (None, None))) for name in names)
    return Usage(showing.gpu_hours(own), accounts, said)


def reported(text: str) -> dict[str, float]:
    """Read the answer of sreport: an account's own line has no login."""
    found = {}
    for line in text.split("\n"):
        fields = line.split("|")
        if len(fields) == 3 and not fields[1] and fields[2].isdecimal():
            found[fields[0].strip()] = int(fields[2]) / 60
    return found


def limited(text: str) -> dict[str, tuple[float | None, float | None]]:
    """Read the answer of sshare: limits in GPU-minutes, and what is counted against them."""
    found: dict[str, tuple[float | None, float | None]] = {}
    for line in text.split("\n"):
        fields = line.split("|")
        if len(fields) == 4 and not fields[1]:
            limit, counted = (_gpu_hours(each) for each in fields[2:])
            found[fields[0].strip()] = (limit, counted if limit is not None else None)
    return found


def _gpu_hours(text: str) -> float | None:
    for each in text.split(","):
        name, _, minutes = each.partition("=")
        if name == "gres/gpu" and minutes.isdecimal():
            return int(minutes) / 60
    return None
