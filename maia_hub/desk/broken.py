"""GPUs that somebody has said to be out of order, by name: nobody is given one, and who holds one gets another.

Only where devices have names of their own. Kubernetes counts GPUs, and its device plugin itself leaves broken ones out.
"""

from __future__ import annotations

from dataclasses import replace

from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from maia_hub.core.gpus import Outage
from maia_hub.core.grants import CPU
from maia_hub.core.ids import GpuId, UserName
from maia_hub.core.machines import resource_of
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice
from maia_hub.store.servers import Server

_TITLE = "A GPU of your server is out of order"
_MESSAGE = "Your server is restarted, with another GPU if one is free. Kernel memory is lost."


def check_named(work: Work, outage: Outage) -> None:
    """Refuse an outage of a GPU that its node does not have, that has no name of its own, or that has one already."""
    if outage.gpu is None:
        return
    there = [gpu.id for gpu in work.tx.inventory.gpus() if gpu.node == outage.node]
    if outage.gpu not in there:
        raise NotFound(f"{outage.node} has no such GPU.", given=outage.gpu, allowed=there)
    if resource_of(outage.gpu) is not None:
        raise InvalidInput(
            "On Kubernetes GPUs are counted: nobody knows which one a pod has.",
            given=outage.gpu,
            allowed="a number of GPUs",
            advice="Its device plugin leaves broken GPUs out; or cordon the node.",
        )
    if outage.gpus != 1:
        raise InvalidInput("An outage of one GPU is of one.", given=outage.gpus, allowed=1)
    for _, known in work.tx.inventory.outages():
        if known.gpu == outage.gpu and known.interval.overlaps(outage.interval):
            raise Conflict(
                f"That GPU is out of service in that time already: {known.reason}.",
                given=outage.gpu,
                advice="Nothing was added. To change what it says, remove it and add it anew.",
            )


def holders(work: Work, outage: Outage) -> tuple[UserName, ...]:
    """Return whose servers hold the GPU that an outage names, and would hold it when the outage begins."""
    held = work.tx.leases.holding([outage.gpu]) if outage.gpu is not None else []
    begins = max(outage.interval.start, work.now)
    return tuple(lease.user for lease in held if lease.until is None or lease.until > begins)


def leave_broken(work: Work) -> None:
    """Plan the restart of each server that holds a GPU which is out of order by now."""
    broken = work.tx.inventory.out_of_order(work.now)
    for lease in work.tx.leases.holding(broken) if broken else ():
        server = work.tx.servers.by_grant(lease.id)
        if server is not None and _undisturbed(server):
            _restart(work, server, sorted(broken.intersection(lease.gpus)))


def _undisturbed(server: Server) -> bool:
    return server.state == "running" and server.stopping is None and server.switch_to is None


def _restart(work: Work, server: Server, broken: list[GpuId]) -> None:
    work.tx.servers.put(replace(server, switch_to=server.last_choice or CPU))
    notice = Notice(
        user=server.user, server=server.server, at=work.now, kind="lost", title=_TITLE, message=_MESSAGE
    )
    work.tx.notices.add(notice)
    work.record(
        "platform",
        "server.switch",
        server.grant_id,
        server.user,
        reason="a GPU that it holds is out of order",
        after={"gpus": broken},
    )
