"""A class that runs now, for an office."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.classes import Class, Group, holder
from maia_hub.core.ids import DEFAULT_PROJECT, UserName, new_booking_id, new_class_id, new_group_id
from maia_hub.core.interval import Interval
from tests.desk.office import Office

TOM = UserName("teacher")


def course(office: Office, *members: UserName, hours: float = 4) -> Class:
    """Put a class of one group with a GPU from now on, looked after by a teacher; return it."""
    group = Group(id=new_group_id(), name="A", members=members)
    pool = office.desk.pools(office.now)[0]
    made = Class(
        id=new_class_id(),
        name="Deep learning",
        project=DEFAULT_PROJECT,
        teacher=TOM,
        staff=(TOM,),
        groups=(group,),
        pool=pool.id,
        gpus=1,
        rule="FREQ=WEEKLY;COUNT=1",
        zone="UTC",
        skip=(),
        created=office.now,
    )
    booking = Booking(
        id=new_booking_id(),
        user=holder(made.name, group.name),
        pool=pool.id,
        node=pool.nodes[0].id,
        gpus=1,
        interval=Interval(office.now, office.now + timedelta(hours=hours)),
        state=BookingState.CONFIRMED,
        created=office.now,
        group=group.id,
    )
    with office.store.write() as tx:
        tx.classes.put(made, office.now)
        tx.bookings.add(booking)
    return made


def changed(office: Office, made: Class, **values: object) -> Class:
    """Change a class."""
    with office.store.write() as tx:
        after = replace(made, **values)  # type: ignore[arg-type]
        tx.classes.put(after, office.now)
    return after
