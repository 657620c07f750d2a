"""Who is signed in at the door to a MONAI Label whose labels go to an image server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from maia_hub.imaging import Mask
from maia_lab.monailabel.labels import Labels
from tests.waiting import until

NAME = "spleen"
PARAMS = {"label_info": [{"name": "spleen", "idx": 1}], "client_id": "user-xyz"}


class Door:
    """Submits, signs in as programs do, and looks at what waits."""

    def __init__(self, app: Any, headers: dict[str, str], labels: Labels) -> None:
        self.labels = labels
        self.url = f"http://127.0.0.1:{app.port}{app.base_url}maia/monailabel/{NAME}"
        self.http = httpx.AsyncClient(headers=headers, timeout=60, trust_env=False)

    async def submit(
        self,
        image: str,
        mask: Mask,
        params: Mapping[str, Any] = PARAMS,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        return await self.http.put(
            f"{self.url}/open/datastore/label",
            params={"image": image},
            files={"label": ("drawn.nii", mask.to_nifti().to_bytes())},
            data={"params": json.dumps(params)},
            headers=headers,
        )

    async def program(self) -> dict[str, str]:
        """Sign in as 3D Slicer does."""
        made = (await self.http.post(f"{self.url}/password")).json()
        form = {"username": made["user"], "password": made["password"]}
        token = (await self.http.post(f"{self.url}/open/auth/token", data=form)).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    async def waiting(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.http.get(f"{self.url}/labels")).json()["waiting"]
        return found

    async def none_wait(self) -> None:
        await until(lambda: not self.labels.outbox(NAME).kept(), "all labels are there")
