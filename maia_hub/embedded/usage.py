"""What the GPUs of this machine are doing: utilisation, memory, and the processes on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import psutil
import pynvml
from pydantic import Field, TypeAdapter, ValidationError

from maia_hub.client.models import ForeignProcess, GpuUsage
from maia_hub.core.gpus import Gpu
from maia_hub.core.ids import GpuId
from maia_hub.embedded.foreign import GpuProcess, foreign, grant_of_process
from maia_hub.embedded.gpus import nvml

_WRITTEN = TypeAdapter(dict[str, Annotated[float, Field(ge=0, le=100)]])


class LocalUsage:
    """Samples the devices through NVML; of a simulated one nothing is claimed but what somebody has written down.

    ``holders`` tells which grant holds each GPU that is held now. ``simulated`` is a file with the utilisation of
    simulated GPUs in per cent, by their ids, for who wants to try what follows from it: ``{"SIM-0": 3}``.
    """

    def __init__(
        self,
        gpus: Sequence[Gpu],
        holders: Callable[[], Mapping[str, str]],
        simulated: Path | None = None,
    ) -> None:
        self._gpus = {str(gpu.id): gpu for gpu in gpus}
        self._holders = holders
        self._simulated = simulated

    def usage(self, gpu_ids: Sequence[str]) -> list[GpuUsage]:
        """Return the usage of those of the given devices that this machine has."""
        known = [self._gpus[i] for i in gpu_ids if i in self._gpus]
        if all(gpu.simulated for gpu in known):
            written = self._written()
            return [_unknown(gpu, written.get(gpu.id)) for gpu in known]
        with nvml() as available:
            return [_sample(gpu) if available and not gpu.simulated else _unknown(gpu) for gpu in known]

    def utilisation(self, gpus: Sequence[GpuId]) -> dict[GpuId, float]:
        """Return the utilisation in per cent of those of the given devices of which it is known."""
        found = self.usage(gpus)
        return {GpuId(each.gpu): each.utilisation for each in found if each.utilisation is not None}

    def _written(self) -> dict[str, float]:
        """Return what is written of simulated GPUs; nothing if nothing can be read."""
        try:
            text = self._simulated.read_bytes() if self._simulated else b"{}"
            return _WRITTEN.validate_json(text)
        except (OSError, ValidationError):
            return {}

    def processes(self) -> list[ForeignProcess]:
        """Return every process that uses a GPU it was not given."""
        return foreign(self._running(), self._holders(), grant_of_process)

    def _running(self) -> list[GpuProcess]:
        real = [gpu for gpu in self._gpus.values() if not gpu.simulated]
        if not real:
            return []
        with nvml() as available:
            return [p for gpu in real for p in _processes(gpu)] if available else []


def _unknown(gpu: Gpu, utilisation: float | None = None) -> GpuUsage:
    return GpuUsage(
        gpu=gpu.id, utilisation=utilisation, memory_used=None, memory=gpu.memory, simulated=gpu.simulated
    )


def _sample(gpu: Gpu) -> GpuUsage:
    try:
        handle = _handle(gpu)
        used = int(pynvml.nvmlDeviceGetMemoryInfo(handle).used)
    except pynvml.NVMLError:
        return _unknown(gpu)
    try:
        utilisation: float | None = float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    except pynvml.NVMLError:  # not told of a MIG instance
        utilisation = None
    return GpuUsage(gpu=gpu.id, utilisation=utilisation, memory_used=used, memory=gpu.memory, simulated=False)


def _processes(gpu: Gpu) -> Iterator[GpuProcess]:
    try:
        handle = _handle(gpu)
        running = [
            *pynvml.nvmlDeviceGetComputeRunningProcesses(handle),
            *pynvml.nvmlDeviceGetGraphicsRunningProcesses(handle),
        ]
    except pynvml.NVMLError:
        return
    for pid, memory in {int(p.pid): p.usedGpuMemory for p in running}.items():
        if psutil.pid_exists(pid):
            yield GpuProcess(gpu=gpu.id, pid=pid, memory=None if memory is None else int(memory))


def _handle(gpu: Gpu) -> Any:
    return pynvml.nvmlDeviceGetHandleByUUID(str(gpu.id))
