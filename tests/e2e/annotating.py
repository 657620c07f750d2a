"""The real MONAI Label in somebody's workspace, and its OHIF as a radiologist uses it."""

from __future__ import annotations

from pathlib import Path

import httpx
from playwright.sync_api import Page

from tests.monailabel import real
from tests.platform import Platform, eventually


def served(platform: Platform, user: str, name: str, app: str) -> str:
    """Serve the project's images with an app in the user's workspace; return the address of its OHIF."""
    real.environment()
    home = platform.data / "homes" / user
    (home / name).mkdir(parents=True, exist_ok=True)
    (home / name / "main.py").write_text(app)
    tools_here = home / ".cache" / "maia-hub" / "tools"
    tools_here.parent.mkdir(parents=True, exist_ok=True)
    if not tools_here.exists():
        tools_here.symlink_to(Path(real.cache_home()) / "maia-hub" / "tools")
    headers = {"Authorization": f"Bearer {platform.token(user)}"}
    with httpx.Client(base_url=f"{platform.url}/user/{user}/", headers=headers, timeout=60) as workspace:
        workspace.post("maia/monailabel", json={"app": name, "device": "cpu"}).raise_for_status()

        def ready() -> bool:
            told = workspace.get("maia/monailabel").raise_for_status().json()
            assert not [each for each in told["tasks"] if each["state"] == "failed"], told["tasks"]
            return [each["state"] for each in told["servers"]] == ["ready"]

        eventually(ready, "MONAI Label is ready", 300, every=1)
    return f"{platform.url}/user/{user}/maia/monailabel/{name}/open/ohif"


def submit(page: Page) -> None:
    """Press the button that sends what is drawn."""
    page.get_by_role("button", name="Submit Label").click()
