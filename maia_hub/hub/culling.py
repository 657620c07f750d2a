"""Which servers nobody uses: what jupyterhub-idle-culler asks about each of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

_CONFIG = Path(__file__).with_name("idle_culler_config.py")


def command(*, idle: int, every: int, hub_api: str = "") -> list[str]:
    """Return what runs the culler; times in seconds, and where the hub is if its environment does not say so."""
    asked = [f"--timeout={idle}", f"--cull-every={every}", f"--config={_CONFIG}"]
    return [
        sys.executable,
        "-m",
        "jupyterhub_idle_culler",
        *asked,
        *([f"--url={hub_api}"] if hub_api else []),
    ]


def is_idle(
    *, inactive: timedelta | None, inactive_limit: float, server: Mapping[str, Any], **_: object
) -> bool:
    """Tell whether a server is to be stopped; ``server`` is the hub's model of it, with its state.

    One on a booked GPU ends with its booking: what computes overnight says nothing to anybody.
    """
    grant = (server.get("state") or {}).get("maia_grant") or {}
    return (
        grant.get("kind") != "booked" and inactive is not None and inactive.total_seconds() >= inactive_limit
    )
