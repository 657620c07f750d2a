"""MONAI Label's own interface, as far as learning needs it: trainings, labels and predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from maia_hub.core.errors import Conflict, Unavailable
from maia_hub.monailabel.server import Server

_PATIENCE = httpx.Timeout(600.0, connect=5.0)
"""Seconds; it answers nobody while it predicts."""
Find = Callable[[], Server]
"""Returns the server if it is ready, at this moment; Unavailable if it is not."""


class Gone(Exception):
    """MONAI Label ended, or was started anew."""


class Task(BaseModel):
    """A training as MONAI Label tells of it (``monailabel/utils/async_tasks``); ``details`` is the end of its log."""

    model_config = ConfigDict(extra="ignore")
    id: str
    status: Literal["SUBMITTED", "RUNNING", "DONE", "ERROR", "STOPPED"]
    request: dict[str, Any] = Field(default_factory=dict)
    details: list[str] = Field(default_factory=list)


class _Label(BaseModel):
    info: dict[str, Any] = Field(default_factory=dict)


class _Image(BaseModel):
    labels: dict[str, _Label] = Field(default_factory=dict)


class _Store(BaseModel):
    objects: dict[str, _Image] = Field(default_factory=dict)


class _Model(BaseModel):
    labels: dict[str, int] | list[str] = Field(default_factory=dict)


class _Info(BaseModel):
    models: dict[str, _Model] = Field(default_factory=dict)


_TASKS: TypeAdapter[list[Task]] = TypeAdapter(list[Task])
_FINAL = "final"


@dataclass
class Teacher:
    """Asks one server; to be used as an asynchronous context."""

    server: Server
    find: Find

    async def __aenter__(self) -> Teacher:
        headers = {"Authorization": f"Bearer {self.server.secret}"}
        self._http = httpx.AsyncClient(
            base_url=self.server.address, headers=headers, timeout=_PATIENCE, trust_env=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def begin(self, model: str, request: Mapping[str, Any]) -> None:
        """Have it train a model.

        Raises:
            Conflict: it trains something else.
        """
        answer = await self._ask("POST", f"/train/{model}", json=dict(request))
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise Conflict("MONAI Label trains something that was asked of itself.")
        _well(answer)

    async def task(self, name: str) -> Task | None:
        """Return the training of a name, the last one of it."""
        return next(
            (each for each in reversed(await self._tasks()) if each.request.get("name") == name), None
        )

    async def busy(self) -> str | None:
        """Return the name of the training that runs or is to run."""
        open_ones = [each for each in await self._tasks() if each.status in ("SUBMITTED", "RUNNING")]
        return str(open_ones[0].request.get("name", "")) if open_ones else None

    async def stop(self) -> None:
        """Have it stop the training; it saves first."""
        await self._ask("DELETE", "/train/")

    async def labels(self, model: str) -> dict[str, int]:
        """Return a model's labels and their numbers in its predictions, without the background."""
        info = _read(_Info, await self._ask("GET", "/info/"))
        found = info.models.get(model, _Model()).labels
        if isinstance(found, list):
            found = {name: number for number, name in enumerate(found, 1)}
        return {name: number for name, number in found.items() if number > 0}

    async def labelled(self) -> dict[str, dict[str, Any]]:
        """Return the images that have a label to learn from, and what is known of that."""
        store = _read(_Store, await self._ask("GET", "/datastore/", params={"output": "all"}))
        return {
            image: each.labels[_FINAL].info for image, each in store.objects.items() if _FINAL in each.labels
        }

    async def label(self, image: str) -> bytes:
        """Return an image's label, a NIfTI file."""
        return _well(
            await self._ask("GET", "/datastore/label", params={"label": image, "tag": _FINAL})
        ).content

    async def predict(self, model: str, image: str, params: str) -> bytes:
        """Return what a model makes of an image, a NIfTI file; ``params`` is JSON."""
        asked = {"image": image, "output": "image"}
        return _well(
            await self._ask("POST", f"/infer/{model}", params=asked, data={"params": params})
        ).content

    async def _tasks(self) -> list[Task]:
        answer = await self._ask("GET", "/train/", params={"all": True})
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return []
        try:
            return _TASKS.validate_json(_well(answer).content)
        except ValidationError as e:
            raise _odd(answer) from e

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask it.

        Raises:
            Gone: it ended.
            Unavailable: it does not answer.
        """
        try:
            return await self._http.request(method, path, **more)
        except httpx.TransportError as e:
            if self.ended():
                raise Gone("MONAI Label ended") from e
            raise Unavailable("MONAI Label does not answer now.", given=type(e).__name__) from e

    def ended(self) -> bool:
        """Tell whether it runs no more, or another one in its place."""
        try:
            return self.find().secret != self.server.secret
        except Unavailable:
            return True


def _read(model: type[Any], answer: httpx.Response) -> Any:
    try:
        return model.model_validate_json(_well(answer).content)
    except ValidationError as e:
        raise _odd(answer) from e


def _well(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        said = " ".join(answer.text.split())[:300]
        raise Unavailable(f"MONAI Label answers {answer.status_code}: {said}", given=answer.url.path)
    return answer


def _odd(answer: httpx.Response) -> Unavailable:
    return Unavailable("MONAI Label answers something unknown.", given=answer.url.path)
