"""The GPUs of this machine, through NVML, or simulated ones where there are none."""

from __future__ import annotations

import logging
import platform
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pynvml

from maia_hub.core.gpus import Gpu
from maia_hub.core.ids import GpuId, NodeId

_log = logging.getLogger(__name__)

SIMULATED_PRODUCT = "Simulated GPU"
_SIMULATED_MEMORY = 48 * 1024**3
_DEFAULT_SIMULATED = 2


def this_node() -> NodeId:
    """The name of this machine as a node."""
    return NodeId(platform.node().partition(".")[0] or "localhost")


def inventory(simulated: int | None) -> list[Gpu]:
    """Return the bookable devices.

    ``simulated`` asks for that many simulated ones instead of the machine's own; None takes the machine's
    own, or two simulated ones if it has none.
    """
    if simulated is not None:
        return simulate(simulated)
    return found() or simulate(_DEFAULT_SIMULATED)


def simulate(count: int) -> list[Gpu]:
    """Return ``count`` GPUs that do not exist, and say so."""
    node = this_node()
    return [
        Gpu(
            id=GpuId(f"SIM-{index}"),
            node=node,
            index=index,
            product=SIMULATED_PRODUCT,
            memory=_SIMULATED_MEMORY,
            simulated=True,
        )
        for index in range(count)
    ]


def found() -> list[Gpu]:
    """Return the devices that NVML knows: whole GPUs, or the MIG instances of those that are divided."""
    with nvml() as available:
        if not available:
            return []
        devices = [device for index in range(pynvml.nvmlDeviceGetCount()) for device in readable(index)]
    kinds = {(product, profile) for _, product, _, profile in devices}
    return [
        Gpu(
            id=GpuId(uuid),
            node=this_node() if len(kinds) == 1 else _part_of_node(product, profile),
            index=index,
            product=product,
            memory=memory,
            mig_profile=profile,
        )
        for index, (uuid, product, memory, profile) in enumerate(devices)
    ]


def _part_of_node(product: str, profile: str | None) -> NodeId:
    """A node carries one product: a machine with several counts as a node for each."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{product} {profile or ''}".casefold()).strip("-")
    return NodeId(f"{this_node()}-{name}")


@contextmanager
def nvml() -> Iterator[bool]:
    """Hold NVML open; False where there is no driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield False
        return
    try:
        yield True
    finally:
        pynvml.nvmlShutdown()


def readable(card: int) -> list[tuple[str, str, int, str | None]]:
    """Return what of a card can be booked: nothing of one that is broken, which must not hold up the others."""
    try:
        return list(_devices(pynvml.nvmlDeviceGetHandleByIndex(card)))
    except pynvml.NVMLError as e:
        _log.error("GPU %d of this machine cannot be read, so it is left out: %s", card, e)
        return []


def _devices(handle: Any) -> Iterator[tuple[str, str, int, str | None]]:
    """What of one card can be booked, as (UUID, product, memory, MIG profile)."""
    product = _text(pynvml.nvmlDeviceGetName(handle))
    instances = list(_mig_instances(handle))
    if not instances:
        memory = int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
        yield _text(pynvml.nvmlDeviceGetUUID(handle)), product, memory, None
    for instance in instances:
        name = _text(pynvml.nvmlDeviceGetName(instance))
        profile = name.rpartition("MIG ")[2] if "MIG " in name else None
        memory = int(pynvml.nvmlDeviceGetMemoryInfo(instance).total)
        yield _text(pynvml.nvmlDeviceGetUUID(instance)), product, memory, profile


def _mig_instances(handle: Any) -> Iterator[Any]:
    try:
        enabled, _ = pynvml.nvmlDeviceGetMigMode(handle)
        slots = pynvml.nvmlDeviceGetMaxMigDeviceCount(handle) if enabled else 0
    except pynvml.NVMLError:  # a card that cannot be divided
        return
    for slot in range(slots):
        try:
            yield pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, slot)
        except pynvml.NVMLError:  # an empty slot
            continue


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def products(gpus: Sequence[Gpu]) -> list[str]:
    """Return a line for each product, for people: how many of which."""
    counts: dict[tuple[str, int, bool], int] = {}
    for gpu in gpus:
        name = f"{gpu.product} MIG {gpu.mig_profile}" if gpu.mig_profile else gpu.product
        key = (name, gpu.memory, gpu.simulated)
        counts[key] = counts.get(key, 0) + 1
    remark = " (simulated: no real device behind it)"
    return [
        f"{count} × {product}, {memory / 1024**3:.0f} GiB{remark if sim else ''}"
        for (product, memory, sim), count in counts.items()
    ]
