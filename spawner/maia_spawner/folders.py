"""The folders that groups of a class have in common, on a cluster: parts of one claim, each mounted by its own path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from maia_spawner.shared import SHARED

VOLUME = "maia-shared"
PLACE = PurePosixPath("/srv/maia/shared")
"""Where a server's container has them; its user finds them in her home, by their names."""
_CONTAINERS = ("initContainers", "containers")

Json = dict[str, Any]


def with_folders(spec: Json, main: Json, folders: Mapping[str, str], claim: str) -> None:
    """Mount the folders (ids of their groups, by name) in the main container, and nothing else of the claim anywhere.

    The policy ``own-folders`` of the chart knows these paths: a group's id alone, never what somebody called it.
    """
    _without(spec, claim)
    if not folders:
        return
    volume = {"name": VOLUME, "persistentVolumeClaim": {"claimName": claim}}
    spec["volumes"] = [*(spec.get("volumes") or []), volume]
    mounts = [
        {"name": VOLUME, "mountPath": str(PLACE / group), "subPath": f"groups/{group}"}
        for group in folders.values()
    ]
    main["volumeMounts"] = [*(main.get("volumeMounts") or []), *mounts]
    places = json.dumps({name: str(PLACE / group) for name, group in folders.items()})
    others = [each for each in main.get("env") or [] if each["name"] != SHARED]
    main["env"] = [*others, {"name": SHARED, "value": places}]
    security = spec.setdefault("securityContext", {})
    # Else the kubelet may look at every file of all groups at each start (Kubernetes API, PodSecurityContext).
    security.setdefault("fsGroupChangePolicy", "OnRootMismatch")


def _without(spec: Json, claim: str) -> None:
    volumes = spec.get("volumes") or []
    ours = {each["name"] for each in volumes if each["name"] == VOLUME or _claim_of(each) == claim}
    if not ours:
        return
    spec["volumes"] = [each for each in volumes if each["name"] not in ours]
    for container in (each for part in _CONTAINERS for each in spec.get(part) or []):
        for part in ("volumeMounts", "volumeDevices"):
            if part in container:
                container[part] = [each for each in container[part] if each["name"] not in ours]


def _claim_of(volume: Json) -> str | None:
    found: str | None = (volume.get("persistentVolumeClaim") or {}).get("claimName")
    return found
