"""The names of things, typed apart so that they cannot be confused."""

from __future__ import annotations

from typing import NewType
from uuid import UUID, uuid4

BookingId = NewType("BookingId", UUID)
LeaseId = NewType("LeaseId", UUID)
SeriesId = NewType("SeriesId", UUID)
ClassId = NewType("ClassId", UUID)
GroupId = NewType("GroupId", UUID)
ClusterId = NewType("ClusterId", str)
PoolId = NewType("PoolId", str)
NodeId = NewType("NodeId", str)
GpuId = NewType("GpuId", str)
ProjectId = NewType("ProjectId", str)
UserName = NewType("UserName", str)
TicketId = NewType("TicketId", int)
WishId = NewType("WishId", UUID)
ServerName = NewType("ServerName", str)
"""A JupyterHub named server; the empty string is the default server."""

DEFAULT_CLUSTER = ClusterId("default")
DEFAULT_PROJECT = ProjectId("default")
DEFAULT_SERVER = ServerName("")


def new_booking_id() -> BookingId:
    """Return a fresh random booking id."""
    return BookingId(uuid4())


def new_series_id() -> SeriesId:
    """Return a fresh random id of a series of bookings."""
    return SeriesId(uuid4())


def new_class_id() -> ClassId:
    """Return a fresh random id of a class."""
    return ClassId(uuid4())


def new_group_id() -> GroupId:
    """Return a fresh random id of a group of a class."""
    return GroupId(uuid4())


def new_lease_id() -> LeaseId:
    """Return a fresh random lease id."""
    return LeaseId(uuid4())


def new_wish_id() -> WishId:
    """Return a fresh random id of a wish on the waiting list."""
    return WishId(uuid4())
