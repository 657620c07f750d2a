"""What the owner of a server is told when it is gone, and when it is back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maia_hub.desk.texts import BACK, WITH_GPU_AGAIN
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice
from maia_hub.store.servers import Server


def back(work: Work, server: Server) -> None:
    """Note that a server runs; if the platform had stopped it, tell its owner why."""
    if server.state == "running" and server.stopping is None:
        return
    if server.stopping is not None and server.state not in ("starting", "running"):
        return
    if server.stopping is not None and server.stopping != "lost":
        title, message = BACK[server.stopping]
        again = server.stopping in WITH_GPU_AGAIN
        if again:
            message = f"{server.reason} {message}"
        work.tx.notices.add(
            Notice(
                user=server.user,
                server=server.server,
                at=work.now,
                kind="respawned" if again else server.stopping,
                title=title,
                message=message,
            )
        )
    work.tx.servers.put(replace(server, state="running", stopping=None))
    work.record("platform", "server.running", server.grant_id, server.user, reason=server.reason)


def preempted(server: Server, now: datetime) -> Notice:
    """Say why the server is gone as soon as it is; the word that it is back takes the place of this one."""
    title, _ = BACK["preempted"]
    return Notice(
        user=server.user,
        server=server.server,
        at=now,
        kind="preempted",
        title=title,
        message="Your server is being started again on CPU.",
    )
