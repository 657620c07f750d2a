"""Devices and pools, what they are used for, and when they cannot be used."""

from __future__ import annotations

from datetime import datetime

from maia_hub.client.models.base import Answer, Moment, Name, Reason, Request


class GpuModel(Answer):
    """One device; ``simulated`` must be shown wherever the device is."""

    id: str
    node: str
    index: int
    product: str
    memory: int
    simulated: bool
    mig_profile: str | None = None


class PoolModel(Answer):
    """The GPUs of one product that can be booked."""

    id: str
    product: str
    resource: str
    simulated: bool
    capacity: int
    largest_node: int
    gpus: list[GpuModel]


class OutageModel(Answer):
    """GPUs of a node that cannot be used over an interval; ``by_cluster``: for as long as the cluster says so.

    ``kept``: nothing is wrong with them; they are kept free for who has waited longest on the waiting list. ``gpu`` is
    the id of the one that is meant; null: nobody has said which.
    """

    node: str
    start: datetime
    end: datetime
    gpus: int
    reason: str
    by_cluster: bool = False
    kept: bool = False
    gpu: str | None = None


class OutageRequest(Request):
    """GPUs of a node are taken out of service over [start, end).

    ``despite_bookings``: also if there are bookings that need them and fit nowhere else. ``gpu`` names the one that is
    out of order, by its id: nobody is given it, and a server that holds it is started again with another one. GPUs that
    Kubernetes counts have no names.
    """

    node: Name
    start: Moment
    end: Moment
    gpus: int = 1
    reason: Reason
    gpu: Name | None = None
    despite_bookings: bool = False


class BlockRequest(Request):
    """All GPUs of a product are taken out of service over [start, end), on each node that has any now.

    ``despite_bookings``: also if there are bookings that need them; their owners are told and offered other times.
    """

    start: Moment
    end: Moment
    reason: Reason
    despite_bookings: bool = False


class BlockModel(Answer):
    """What took a product out of service: an outage of each of its nodes that was not out over the same time."""

    pool: str
    outages: list[OutageModel]


class NodeModel(Answer):
    """A node that has GPUs, or that something is wrong with: in words, and since when (administrators only)."""

    node: str
    pool: str
    product: str
    gpus: int
    trouble: str
    since: datetime | None


class GpuUsage(Answer):
    """Utilisation in per cent and memory in bytes of one GPU; None where it cannot be read."""

    gpu: str
    utilisation: float | None
    memory_used: int | None
    memory: int
    simulated: bool


class Usage(Answer):
    """Usage of the GPUs that the user's servers hold (stream event ``usage``)."""

    now: datetime
    gpus: list[GpuUsage]


class ForeignProcess(Answer):
    """A process that uses a GPU it was not given (administrators only)."""

    gpu: str
    pid: int
    unix_user: str
    memory: int | None
    since: datetime
