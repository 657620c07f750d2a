"""What a resource of a node is, read from the labels that the vendors' tools write there. Pure.

NVIDIA: GPU feature discovery labels each resource ``<resource>.product``, ``.memory`` (MiB), ``.replicas`` and
``.sharing-strategy``; a shared resource has more than one replica for each GPU, its product ends in ``-SHARED`` or
its resource in ``.shared``. MIG instances are ``nvidia.com/mig-<profile>`` (strategy *mixed*), or ``nvidia.com/gpu``
with the profile in the product (*single*). AMD: the node labeller writes ``amd.com/gpu.product-name``, ``.vram`` and
``.family`` with one value where all GPUs are alike, else a count for each value (``amd.com/gpu.vram.192G: 2``);
older ones write only such counts, with the prefix ``beta.``. A partitioned GPU is ``amd.com/gpu`` with the label
``amd.com/compute-memory-partition``, or ``amd.com/<partition>`` (strategy *mixed*).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

Labels = Mapping[str, str]

_NVIDIA = re.compile(r"nvidia\.com/(gpu|mig-(?P<profile>.+?))(?P<shared>\.shared)?")
_AMD = re.compile(r"amd\.com/(gpu|(?P<partition>[sdtqc]px_nps\d))")
_AMD_GPU = "amd.com/gpu"
_AMD_PARTITION = "amd.com/compute-memory-partition"
_WHOLE = "spx_nps1"
_MIB = 1024**2
_SIZE = re.compile(r"(\d+)([GT])", re.IGNORECASE)
_UNITS = {"G": 1024**3, "T": 1024**4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a resource counts: ``memory`` in bytes is what one of it may use, 0 if no label says.

    ``name`` says it all, also that and by how many a GPU is shared, so that such GPUs form a pool of their own.
    """

    name: str
    memory: int = 0
    mig_profile: str | None = None


def product_of(resource: str, labels: Labels) -> Product | None:
    """Return what the resource is on a node with these labels; None if it is not a GPU that can be booked."""
    nvidia = _NVIDIA.fullmatch(resource)
    if nvidia:
        return _nvidia(resource.removesuffix(".shared"), nvidia, labels)
    amd = _AMD.fullmatch(resource)
    return _amd(amd["partition"], labels) if amd else None


def _nvidia(base: str, found: re.Match[str], labels: Labels) -> Product:
    label = labels.get(f"{base}.product", "")
    name = label.removesuffix("-SHARED") or "NVIDIA-GPU"
    profile = found["profile"]
    if profile is not None:
        name = name.partition("-MIG-")[0]
    replicas = _number(labels.get(f"{base}.replicas"))
    memory = _number(labels.get(f"{base}.memory")) * _MIB
    if not (found["shared"] or label != label.removesuffix("-SHARED") or replicas > 1):
        return Product(name=name, memory=memory, mig_profile=profile)
    if labels.get(f"{base}.sharing-strategy") == "mps" and replicas > 1:
        memory //= replicas  # MPS divides the memory; time slicing leaves all of it to everybody
    share = f"shared by {replicas}" if replicas > 1 else "shared"
    return Product(name=f"{name} {share}", memory=memory, mig_profile=profile)


def _amd(partition: str | None, labels: Labels) -> Product:
    names = _values("product-name", labels) or [f"GPU {family}" for family in _values("family", labels)]
    name = " or ".join(f"AMD {_amd_name(each)}" for each in names) or "AMD GPU"
    partition = partition or labels.get(_AMD_PARTITION, _WHOLE)
    if partition != _WHOLE:
        name += f" {partition}"
    sizes = [_bytes(size) for size in _values("vram", labels)]
    return Product(name=name, memory=min(sizes, default=0))


def _amd_name(label: str) -> str:
    return label.replace("_", " ").removeprefix("AMD ")


def _values(kind: str, labels: Labels) -> list[str]:
    """Return the values that a node's AMD GPUs have of a property, in order; one if they are all alike."""
    for key in (f"{_AMD_GPU}.{kind}", f"beta.{_AMD_GPU}.{kind}"):
        counted = sorted(label.removeprefix(f"{key}.") for label in labels if label.startswith(f"{key}."))
        if key in labels or counted:
            return [labels[key]] if key in labels else counted
    return []


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text)
    return int(found[1]) * _UNITS[found[2].upper()] if found else 0
