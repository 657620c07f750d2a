"""My servers, the line for idle GPUs, and what the spawner alone may ask."""

from __future__ import annotations

from uuid import UUID

from pydantic import TypeAdapter

from maia_hub.client import models as m
from maia_hub.client.calls.call import NOTHING, Call, query

VISITOR = "Maia-Visitor"
"""The header that carries a visitor's token: no error of a body or a path can repeat it."""


def state() -> Call[m.State]:
    """Ask for all that the panels show."""
    return Call("GET", "state", TypeAdapter(m.State))


def options(server: str = "") -> Call[m.Options]:
    """Ask what a server of mine could be started with now."""
    return Call("GET", "options", TypeAdapter(m.Options), query(server=server))


def switch(server: str, choice: str) -> Call[None]:
    """Restart a running server of mine with another choice."""
    body = m.SwitchRequest(choice=choice)
    return Call("POST", "servers/switch", NOTHING, query(server=server), body)


def visit(server: str, token: str) -> Call[m.Visitor]:
    """Tell that somebody else is in a server of mine, by the hub's ``token`` of hers; `Forbidden`: shut her out."""
    headers = {VISITOR: token}
    return Call("POST", "servers/visits", TypeAdapter(m.Visitor), query(server=server), headers=headers)


def join_queue(pool: str, server: str = "") -> Call[m.QueuePlace]:
    """Let a running server of mine wait for an idle GPU of a pool."""
    body = m.QueueRequest(pool=pool, server=server)
    return Call("POST", "queue", TypeAdapter(m.QueuePlace), body=body)


def leave_queue(place: int) -> Call[None]:
    """Give up a place in a line, or turn down what is offered there."""
    return Call("DELETE", f"queue/{place}", NOTHING)


def accept_offer(place: int) -> Call[None]:
    """Take the GPU that is offered: the server is restarted with it."""
    return Call("POST", f"queue/{place}/accept", NOTHING)


def dismiss(notice: int) -> Call[None]:
    """Dismiss a notice."""
    return Call("DELETE", f"notices/{notice}", NOTHING)


def usage() -> Call[m.Usage]:
    """Ask how busy the GPUs of my servers are."""
    return Call("GET", "usage", TypeAdapter(m.Usage))


# ---- for the spawner alone


def spawner_options(user: str, server: str, project: str) -> Call[m.Options]:
    """Ask what a server of ``user`` could be started with now."""
    params = query(user=user, server=server, project=project)
    return Call("GET", "spawner/options", TypeAdapter(m.Options), params)


def grant(request: m.GrantRequest) -> Call[m.Grant | m.Wait]:
    """Ask what a server that starts now receives."""
    answer: TypeAdapter[m.Grant | m.Wait] = TypeAdapter(m.Grant | m.Wait)
    return Call("POST", "spawner/grants", answer, body=request)


def grant_running(grant_id: UUID) -> Call[None]:
    """Report that the process of a grant runs."""
    return Call("POST", f"spawner/grants/{grant_id}/running", NOTHING)


def grant_ended(grant_id: UUID, report: m.GrantEnded) -> Call[None]:
    """Report that the process of a grant is gone."""
    return Call("POST", f"spawner/grants/{grant_id}/ended", NOTHING, body=report)


def stopping(user: str, server: str) -> Call[m.Stopping]:
    """Ask whether a server that is being stopped will be started again by the platform."""
    return Call("POST", "spawner/stopping", TypeAdapter(m.Stopping), query(user=user, server=server))
