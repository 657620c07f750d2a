"""A project's tools on the platform of the tests, reached as a member's program reaches them."""

from __future__ import annotations

import httpx

from tests.platform import Platform, eventually

DOOR = "services/maia-tools/api"
_INSTALLED_WITHIN = 600.0  # seconds, the first time on a machine


def environment(platform: Platform, user: str) -> dict[str, str]:
    """Return what a kernel of somebody would hold of the tools."""
    headers = {"Authorization": f"Bearer {platform.token(user)}"}
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as door:
        found: dict[str, str] = (
            door.get(f"{platform.url}/{DOOR}/environment").raise_for_status().json()["env"]
        )
    return found


def started(platform: Platform, user: str, *names: str, project: str = "default") -> None:
    """Have tools of a project started, and wait until they are ready."""
    headers = {"Authorization": f"Bearer {platform.token(user)}"}
    with httpx.Client(
        base_url=f"{platform.url}/{DOOR}", headers=headers, timeout=60, trust_env=False
    ) as door:
        for name in names:
            door.post(f"tools/{project}/{name}/start").raise_for_status()

        def ready() -> bool:
            cards = door.get("tools", params={"project": project}).raise_for_status().json()["tools"]
            found = {card["name"]: card for card in cards}
            failing = [found[name] for name in names if found[name]["state"] == "failing"]
            assert not failing, failing
            return all(found[name]["state"] == "ready" for name in names)

        eventually(ready, f"{' and '.join(names)} are ready", _INSTALLED_WITHIN, every=0.3)
