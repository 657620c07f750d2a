"""How the calendar names what Kubernetes has: machines, the parts of machines that are booked apart, single GPUs.

Kubernetes counts GPUs by resource and never says which one a pod got, so a GPU's id is made of machine, resource
and number. A node of the calendar carries one product, so a machine with several resources is a node for each.
The names depend on nothing else that a machine carries: they stay as they are when it is divided anew.
"""

from __future__ import annotations

from maia_hub.core.ids import GpuId, NodeId

VENDORS = ("nvidia.com/", "amd.com/", "gpu.intel.com/")
"""Resources, labels and taints below these names belong to GPUs."""
WHOLE_GPU = "nvidia.com/gpu"
_NVIDIA = "nvidia.com/"


def node_of(machine: str, resource: str) -> NodeId:
    """Return the calendar's node for one resource of a machine: its own name, or that and the part after a colon.

    A colon stands in no machine's name (they are DNS names), so a part is never another machine.
    """
    if resource == WHOLE_GPU:
        return NodeId(machine)
    return NodeId(f"{machine}:{resource.removeprefix(_NVIDIA).replace('.com/', '-')}")


def machine_of(node: NodeId) -> str:
    """Return the name of the machine that a node of the calendar is, or is a part of."""
    return node.partition(":")[0]


def gpu_of(machine: str, resource: str, index: int) -> GpuId:
    """Return the id of a machine's ``index``-th GPU of a resource, such as ``gpu-07/nvidia.com/gpu/0``."""
    return GpuId(f"{machine}/{resource}/{index}")


def resource_of(gpu: GpuId) -> str | None:
    """Return the resource that a GPU is counted by; None for one that Kubernetes does not count (a device's UUID)."""
    machine, _, rest = gpu.partition("/")
    resource, _, index = rest.rpartition("/")
    return resource if machine and "/" in resource and index.isdigit() else None
