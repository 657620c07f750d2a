"""A browser that listens to the panel's routes, and asks for things by them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from tests.waiting import until


class Stream:
    """A browser that listens."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self._rest = ""

    def take(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data.decode()).split("\n\n")
        for each in whole:
            lines = dict(line.split(": ", 1) for line in each.splitlines())
            self.events.append((lines["event"], json.loads(lines["data"])))

    def of(self, kind: str) -> list[Any]:
        return [value for told, value in self.events if told == kind]

    def task(self, number: str) -> Any:
        found = [task for task in self.of("task") if task["id"] == number]
        return found[-1] if found else None

    def over(self, number: str) -> bool:
        task = self.task(number)
        return task is not None and task["state"] not in {"running", "asking"}

    def job(self, token: str) -> Any:
        found = [job for job in self.of("job") if job["token"] == token]
        return found[-1] if found else None

    def returned(self, token: str) -> Any:
        told = [task for task in self.of("task") if (task["kind"], task["subject"]) == ("return", token)]
        return told[-1] if told and told[-1]["state"] in {"done", "failed"} else None


class Panel:
    """A panel as its routes see it: those below ``maia/`` and its subject."""

    def __init__(self, fetch: Any, url: str, headers: dict[str, str], subject: str = "hpc") -> None:
        self._fetch, self._url, self._headers, self._subject = fetch, url, headers, subject

    async def call(self, method: str, *path: str, **body: Any) -> Any:
        sent = None if method in {"GET", "DELETE"} else json.dumps(body)
        *parts, last = (self._subject, *path)
        last, _, query = last.partition("?")
        params = dict([query.split("=", 1)]) if query else {}
        answer = await self._fetch("maia", *parts, last, method=method, body=sent, params=params)
        return json.loads(answer.body) if answer.body else None

    async def problem(self, method: str, *path: str, **body: Any) -> Any:
        with pytest.raises(HTTPClientError) as caught:
            await self.call(method, *path, **body)
        assert caught.value.response is not None
        assert caught.value.response.headers["Content-Type"] == "application/problem+json"
        return json.loads(caught.value.response.body)

    @asynccontextmanager
    async def listening(self, *path: str) -> AsyncIterator[Stream]:
        stream = Stream()
        request = HTTPRequest(
            "/".join((self._url, "maia", self._subject, *path)),
            headers=self._headers,
            streaming_callback=stream.take,
            request_timeout=0,
        )
        client = AsyncHTTPClient(force_instance=True)
        going = asyncio.ensure_future(client.fetch(request))
        try:
            yield stream
        finally:
            client.close()
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)

    async def submitted(self, stream: Stream, command: str, **more: Any) -> str:
        task = await self.call("POST", "jobs", tab="t", form={"system": "local", "command": command, **more})
        await until(lambda: stream.over(task["id"]), "a submission")
        told = stream.task(task["id"])
        assert told["state"] == "done", told
        return str(told["result"]["token"])
