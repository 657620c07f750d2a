"""One job in full: its script, its files, and what it made of what it was given, by Slurm's accounting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from maia_hub.hpc import slurm
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import FileStat, NoSuchFile, Transport

_FIELDS = "JobID,ElapsedRaw,TotalCPU,MaxRSS,AllocTRES,TRESUsageInAve,TRESUsageInMax"
_ASK = f'sacct -n -P -j "$1" -o {_FIELDS}'
_CLOCK = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)(?:\.\d+)?")
_AMOUNT = re.compile(r"([0-9.]+)([KMGTP]?)")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}


@dataclass(frozen=True)
class Efficiency:
    """What a job used of what it had, over all of its tasks; None: not known.

    ``cpu_time`` and ``memory`` (bytes, the most of one task) are what was used, ``cpus``, ``memory_given`` (bytes) and
    ``gpus`` what was given; ``gpu_share`` is how much of each GPU's time was used, from 0 to 1, where it is measured.
    """

    elapsed: timedelta
    cpus: int
    cpu_time: timedelta
    memory: int | None
    memory_given: int | None
    gpus: int
    gpu_share: float | None

    @property
    def cpu_share(self) -> float | None:
        """How much of the processors' time was used, from 0 to 1."""
        given = self.elapsed.total_seconds() * self.cpus
        return self.cpu_time.total_seconds() / given if given else None

    @property
    def memory_share(self) -> float | None:
        """How much of the memory was used at the most, from 0 to 1."""
        return self.memory / self.memory_given if self.memory is not None and self.memory_given else None


@dataclass(frozen=True)
class Shown:
    """A job with its files; ``efficiency`` is None where there is no accounting, or it has not run."""

    job: Job
    files: Mapping[str, FileStat]
    efficiency: Efficiency | None


async def show(job: Job, system: System, transport: Transport) -> Shown:
    """Return a job with its files there, and what it made of what it was given."""
    try:
        files = dict(sorted((await transport.list(job.folder)).items()))
    except NoSuchFile:
        files = {}
    efficiency = None
    if system.scheduler == "slurm" and job.job_id is not None:
        done = await transport.run(["sh", "-c", _ASK, "maia-show", job.job_id])
        efficiency = read(done.text, job.job_id) if done.status == 0 else None
    return Shown(job, files, efficiency)


def read(text: str, job_id: str) -> Efficiency | None:
    """Read the answer of sacct: a line for each task, and behind it those of its steps."""
    lines = [fields for line in text.split("\n") if len(fields := line.split("|")) == 7]
    wholes = [each for each in lines if re.fullmatch(rf"{job_id}(_\d+)?", each[0])]
    ran = [each for each in wholes if each[1] not in {"", "0"} and each[4]]
    if not ran:
        return None
    given = [_tres(each[4]) for each in ran]
    elapsed = sum(int(each[1]) for each in ran)
    cpu_seconds = sum(int(each[1]) * _count(tres, "cpu") for each, tres in zip(ran, given, strict=True))
    steps = [each for each in lines if "." in each[0]]
    used = [amount for each in steps if (amount := _bytes(each[3])) is not None]
    shares = [share for each in steps if (share := _gpu_share(each)) is not None]
    return Efficiency(
        elapsed=timedelta(seconds=elapsed),
        cpus=round(cpu_seconds / elapsed),
        cpu_time=sum((_clock(each[2]) for each in ran), timedelta(0)),
        memory=max(used, default=None),
        memory_given=max((found for tres in given if (found := _bytes(tres.get("mem", "")))), default=None),
        gpus=max(_count(tres, "gres/gpu") for tres in given),
        gpu_share=max(shares, default=None),
    )


def gpu_hours(text: str) -> float:
    """Add up the GPU-hours of the answer to GPU_TIME."""
    seconds = 0
    for line in text.split("\n"):
        elapsed, _, tres = line.partition("|")
        if elapsed.isdecimal():
            seconds += int(elapsed) * _count(_tres(tres), "gres/gpu")
    return seconds / 3600


GPU_TIME = f"sacct -n -P -X {slurm.ME} -S now-30days -o ElapsedRaw,AllocTRES"
"""How long the user's own jobs of the last 30 days have run, and on what."""


def _tres(text: str) -> dict[str, str]:
    """Read what Slurm writes of things that can be counted: cpu=1,mem=10M,gres/gpu=2."""
    return {name: value for name, _, value in (each.partition("=") for each in text.split(",")) if name}


def _count(tres: Mapping[str, str], name: str) -> int:
    value = tres.get(name, "")
    return int(value) if value.isdecimal() else 0


def _gpu_share(step: list[str]) -> float | None:
    for field in (step[5], step[6]):
        value = _tres(field).get("gres/gpuutil", "")
        if value.isdecimal():
            return int(value) / 100
    return None


def _clock(text: str) -> timedelta:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return timedelta(0)
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _bytes(text: str) -> int | None:
    found = _AMOUNT.fullmatch(text)
    return round(float(found[1]) * _UNITS[found[2]]) if found else None
