"""What is kept of a pod that carries a grant. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from maia_hub.cluster import ends
from maia_hub.cluster.connection import Json
from maia_hub.cluster.ends import End
from maia_hub.core import marks
from maia_hub.core.ids import LeaseId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod as it was seen last.

    ``ending``: it is to go, or its server has ended, and something may still run; ``ended``: nothing of it runs any
    more; ``end`` says why, as soon as one of them holds. ``removed``: somebody has deleted it. ``started`` is when
    the kubelet took it, from which ``deadline`` (seconds) counts; then it has ``grace`` seconds to stop. ``of_hub``: a
    JupyterHub made it, not a Job or a person; then ``user`` and ``server`` are what the hub calls them.
    """

    uid: str
    name: str
    namespace: str
    grant: str
    of_hub: bool
    user: str = ""
    server: str = ""
    created: datetime
    node: str | None = None
    started: datetime | None = None
    deadline: int | None = None
    grace: int = 0
    session: str | None = None
    until: str | None = None
    removed: bool = False
    ending: bool = False
    ended: bool = False
    end: End | None = None

    @property
    def lease(self) -> LeaseId | None:
        """Return the grant as the id of a lease; None for a label that somebody wrote by hand."""
        try:
            return LeaseId(UUID(self.grant))
        except ValueError:
            return None

    @property
    def path(self) -> str:
        """Return the pod's path in the API."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"


def read(raw: Json) -> Pod | None:
    """Read the API's JSON of a pod; None for one without a grant."""
    metadata, spec, status = raw["metadata"], raw.get("spec") or {}, raw.get("status") or {}
    grant = (metadata.get("labels") or {}).get(marks.GRANT)
    if not grant:
        return None
    annotations = metadata.get("annotations") or {}
    ending, ended = ends.ending(raw), ends.ended(raw)
    started = status.get("startTime")
    return Pod(
        uid=metadata["uid"],
        name=metadata["name"],
        namespace=metadata["namespace"],
        grant=grant,
        of_hub=marks.USERNAME in annotations,
        user=annotations.get(marks.USERNAME, ""),
        server=annotations.get(marks.SERVERNAME, ""),
        created=ends.moment(metadata["creationTimestamp"]),
        node=spec.get("nodeName"),
        started=ends.moment(started) if started else None,
        deadline=spec.get("activeDeadlineSeconds"),
        grace=spec.get("terminationGracePeriodSeconds") or 0,
        session=annotations.get(marks.SESSION),
        until=annotations.get(marks.UNTIL),
        removed=ends.removed(raw),
        ending=ending,
        ended=ended,
        end=ends.why(raw) if ending or ended else None,
    )
