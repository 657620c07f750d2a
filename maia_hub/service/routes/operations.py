"""For whoever runs the platform: is it well, and the numbers for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from maia_hub.service.context import ContextDep, Now
from maia_hub.service.metrics import CONTENT_TYPE

router = APIRouter(include_in_schema=False)


@router.get("/health")
def health(context: ContextDep, now: Now) -> dict[str, object]:
    """Answer only if the database answers."""
    pools = context.desk.pools(now)
    return {"status": "ok", "now": now.isoformat(), "pools": len(pools)}


@router.get("/metrics")
def metrics(context: ContextDep) -> Response:
    """Return numbers alone, no names: it needs no sign-in."""
    return Response(context.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
