"""One connection to an image server that speaks DICOMweb: asking, and asking again.

httpx and not dicomweb-client, which is synchronous, keeps whole messages in memory (a study both as it came and as it
was read), and so can neither stream an object of 2 GB nor be cancelled.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import httpx
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from maia_hub.core.errors import InvalidInput, MaiaError, Unavailable
from maia_hub.imaging.webfailures import PASSING, refusing, silent

JSON = {"Accept": "application/dicom+json"}
Parameters = list[tuple[str, str]]
"""Names and texts of a query, such as an address can hold as they are."""
Login: TypeAlias = tuple[str, str] | httpx.Auth
"""Account and password, or what adds something else to each request."""
PAGE = 500
"""Records that are asked for at a time."""


class Passing(Exception):
    """The server is away or busy for a moment: the same may be asked again. It holds the error to tell in the end."""

    def __init__(self, error: MaiaError) -> None:
        super().__init__(error.message)
        self.error = error


class Web:
    """The server's address, credentials and connections.

    ``token`` goes as Bearer, ``login`` as Basic, if it does not add itself; neither is ever sent to an address that an
    answer names, for none of those is followed.
    """

    def __init__(
        self, url: str, token: str | None, login: Login | None, *, timeout: float, attempts: int
    ) -> None:
        self.url = url.rstrip("/")
        if not self.url.startswith(("http://", "https://")) or httpx.URL(self.url).userinfo:
            raise InvalidInput(
                "That is not the address of a DICOMweb server.",
                given=self.url.partition("@")[2] or self.url,
                allowed="https://host/path, without a password in it",
            )
        self.attempts = attempts
        self.http = httpx.AsyncClient(
            auth=login,
            headers={"Authorization": f"Bearer {token}"} if token else None,
            timeout=timeout,
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=1),
            trust_env=False,
        )

    def again(self) -> AsyncRetrying:
        """Return the attempts at something: the next one follows a `Passing`, a little later each time."""
        return AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, Passing)),
            stop=stop_after_attempt(self.attempts),
            wait=wait_exponential(multiplier=0.1, max=5),
            reraise=True,
        )

    async def get(self, path: str, parameters: Parameters, nothing: tuple[int, ...] = ()) -> Any:
        """Return the JSON of an answer; None for one without content, or of a status that means ``nothing``."""
        query = "&".join(f"{name}={text}" for name, text in parameters)
        try:
            async for attempt in self.again():
                with attempt:
                    async with self.answer("GET", f"{path}?{query}", headers=JSON) as response:
                        await response.aread()
                    if response.status_code in nothing:
                        return None
                    if response.status_code >= 300:
                        raise refusing(response)
                    return _json(response)
        except Passing as passing:
            raise passing.error from passing.__cause__
        raise AssertionError("an attempt returns or raises")

    @asynccontextmanager
    async def stream(self, method: str, path: str, **given: Any) -> AsyncIterator[httpx.Response]:
        """Yield an answer that is a success while it comes.

        Raises:
            Passing: it does not answer, breaks off, or is busy.
            MaiaError: it refuses.
        """
        async with self.answer(method, path, **given) as response:
            if response.status_code >= 300:
                await response.aread()
                raise refusing(response)
            yield response

    @asynccontextmanager
    async def answer(self, method: str, path: str, **given: Any) -> AsyncIterator[httpx.Response]:
        """Yield any answer but that of a server that is busy; `Passing` as for `stream`."""
        try:
            async with self.http.stream(method, self.url + path, **given) as response:
                if response.status_code in PASSING:
                    await response.aread()
                    raise Passing(refusing(response))
                yield response
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Passing(silent(self.url, error)) from error

    async def pages(
        self,
        path: str,
        parameters: Parameters,
        *,
        limit: int | None,
        offset: int,
        nothing: tuple[int, ...] = (),
    ) -> list[object]:
        """Return the records of a list from ``offset`` on, at most ``limit``, page by page.

        A server that answers with more than was asked for at a time knows no pages: what it said is all.
        """
        found: list[object] = []
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            paging = [("limit", str(size)), ("offset", str(offset + len(found)))]
            page = await self.get(path, [*parameters, *paging], nothing) or []
            if not isinstance(page, list):
                raise Unavailable("The image server's answer to a query is not a list.")
            found += page
            if len(page) != size:
                break
        return found if limit is None else found[:limit]


def _json(response: httpx.Response) -> Any:
    """Return what an answer says."""
    if response.status_code == 204 or not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        raise Unavailable(
            "What answers there is not a DICOMweb server: its answer is not JSON.",
            advice="Look at the address: it ends in /dicom-web for Orthanc.",
        ) from error
