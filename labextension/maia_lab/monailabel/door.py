"""The only door to a MONAI Label: it knows who asks, admits what that person may ask, and passes it on as it comes.

MONAI Label itself listens on the loopback and asks nobody who they are; its protocol for signing in (``/auth/``) is
answered here, so that programs which know MONAI Label's own authentication, such as 3D Slicer's plug-in, sign in.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.iostream import StreamClosedError

from maia_hub.core import crossing
from maia_hub.core.errors import Forbidden, InvalidInput, MaiaError, NotFound, NotSignedIn
from maia_lab.handling import problem
from maia_lab.monailabel import admitted, carrying
from maia_lab.monailabel.admitted import Role
from maia_lab.monailabel.carrying import Body
from maia_lab.monailabel.guests import WORD
from maia_lab.monailabel.labels import LABELS
from maia_lab.monailabel.learning import LEARNING, Learning
from maia_lab.monailabel.relayed import BELOW, OfArchive
from maia_lab.monailabel.serving import SERVING, Address, Serving
from maia_lab.monailabel.submitting import SUBMITS, handed_over, submitted
from maia_lab.monailabel.tickets import Person

if TYPE_CHECKING:
    import httpx

_LONGEST_FORM = 8_192
_BODILESS = ("GET", "HEAD", "DELETE")
_SIGN_IN = "auth/"


@web.stream_request_body
class DoorHandler(JupyterHandler):
    """ANY maia/monailabel/NAME/open/PATH."""

    auth_resource = "maia"
    _track_activity = False
    _body: Body | None = None
    _passing: asyncio.Task[None] | None = None
    _form: bytearray | None = None
    _asks: Person | None = None
    _refused: MaiaError | web.HTTPError | None = None
    _whole = False

    async def prepare(self) -> None:  # type: ignore[override]
        """Begin to pass on a body; a refusal waits for its end.

        Tornado hangs up after an answer that comes before the end of a request: who still sends may miss the answer,
        and a proxy that keeps connections may send the next request into a closed one.
        """
        if self.request.method in _BODILESS:
            if carrying.announced(self.request.headers):
                self.set_header("Connection", "close")
                await self._begin(*self.path_args)
            return
        try:
            await self._begin(*self.path_args)
        except (MaiaError, web.HTTPError) as e:
            self._refused = e

    async def _begin(self, name: str, path: str) -> None:
        """Find out who asks; begin to pass on, or, where there is no body to wait for, answer."""
        serving: Serving = self.settings[SERVING]
        if WORD in self.request.headers:
            serving.guests.who(name, self.request.headers)
            self.set_header(WORD, "known")
        if path.startswith(_SIGN_IN):
            await self._sign_in(name, path, serving)
            return
        try:
            person = await self._person(name, serving)
        except NotSignedIn:
            if not self._comes_to_look(path):
                raise
            web.authenticated(lambda _: None)(self)  # leads to the sign-in
            return
        if not admitted.known(path):
            raise NotFound("Nothing of MONAI Label is here.", given=path)
        method = self.request.method or ""
        if not admitted.admitted(method, path, Role.ADMIN):
            raise web.HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
        if not admitted.admitted(method, path, person.role):
            raise Forbidden(
                "This needs a sign-in as MONAI Label's administrator.",
                given=person.role.value,
                allowed=Role.ADMIN.value,
                advice="It is for whose MONAI Label it is: a password of that role is made in JupyterLab.",
            )
        address: Address | OfArchive = serving.address(name)
        if path.startswith(BELOW):
            address, path = await serving.relay.archive(), path.removeprefix(BELOW)
        if method in _BODILESS:
            await self._pass_on(address, path, person)
            return
        self._body = Body()
        self._passing = asyncio.create_task(self._pass_on(address, path, person))

    async def data_received(self, chunk: bytes) -> None:
        """Take a part of the body."""
        if self._form is not None:
            self._form += chunk
            if len(self._form) > _LONGEST_FORM:
                self._form, self._refused = None, web.HTTPError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif self._body is not None:
            await self._body.put(chunk)

    @allow_unauthenticated
    async def post(self, name: str, path: str) -> None:
        """Answer when the body is whole."""
        if self._refused is not None:
            raise self._refused
        if self._form is not None:
            self._exchange(name, bytes(self._form))
            return
        assert self._body is not None
        assert self._passing is not None
        self._whole = True
        await self._body.end()
        await self._passing

    put = post

    @allow_unauthenticated
    async def get(self, name: str, path: str) -> None:
        """Answer at once."""
        await self._begin(name, path)

    head = delete = get

    def on_connection_close(self) -> None:
        """Ask no more on behalf of somebody who has gone; a label that came whole is kept all the same."""
        super().on_connection_close()
        if self._passing and not (self._submits and self._whole):
            self._passing.cancel()

    def on_finish(self) -> None:
        """Have a label that was saved in a folder of images learnt from."""
        super().on_finish()
        learning: Learning | None = self.settings.get(LEARNING)
        asked = (self.request.method, self.path_args[1], self.get_status())
        if learning and self._asks and asked == ("PUT", "datastore/label", HTTPStatus.OK):
            learning.saved(self.path_args[0], self._asks.name)

    def check_xsrf_cookie(self) -> None:
        """Let a browser's cookie count for pages of this origin alone; nothing else signs in by itself."""
        if getattr(self, "_jupyter_current_user", None) is not None and not self.token_authenticated:
            crossing.check_cookie(self.request.method or "", self.request.headers, self.request.host)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a problem."""
        error = kwargs.get("exc_info", (None, None))[1]
        told: Mapping[str, Any] = (
            problem(error)
            if isinstance(error, MaiaError)
            else {"type": "about:blank", "title": self._reason, "status": status_code}
        )
        self.set_status(HTTPStatus.UNAUTHORIZED if isinstance(error, NotSignedIn) else told["status"])
        if WORD in self.request.headers:  # tells the door to the tools whether to ask again with another one
            self.set_header(WORD, "another" if isinstance(error, NotSignedIn) else "known")
        self._json(told, "application/problem+json")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what is our fault alone."""
        if not isinstance(value, MaiaError):
            super().log_exception(typ, value, tb)

    async def _person(self, name: str, serving: Serving) -> Person:
        """Return who asks.

        Raises:
            NotSignedIn: nobody that this Jupyter server or its MONAI Label knows.
        """
        if WORD in self.request.headers:
            return serving.guests.who(name, self.request.headers)
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and (found := serving.tickets(name).who(token, _now())):
            return found
        await super().prepare()
        self.check_xsrf_cookie()
        if self.current_user is None:
            raise NotSignedIn(
                "Nobody is signed in here, or no longer.",
                advice="Sign in again; what you have drawn is kept.",
            )
        return Person(self.current_user.username, Role.ADMIN)

    @property
    def _submits(self) -> bool:
        return (self.request.method, self.path_args[1]) == SUBMITS

    def _comes_to_look(self, path: str) -> bool:
        """Tell whether a person opens the viewer, whom the sign-in brings back."""
        accepts = "text/html" in self.request.headers.get("Accept", "")
        return self.request.method == "GET" and path.startswith("ohif/") and accepts

    async def _sign_in(self, name: str, path: str, serving: Serving) -> None:
        """Answer MONAI Label's questions about signing in; a browser is signed in already, and is not asked."""
        match self.request.method, path:
            case "GET", "auth/":
                self._json({"enabled": not self._signed_in(), "client_id": "maia", "realm": ""})
            case "POST", "auth/token":
                serving.address(name)
                self._form = bytearray()
            case "GET", "auth/token/valid":
                person = await self._person(name, serving)
                self._json(
                    {
                        "username": person.name,
                        "email": None,
                        "name": person.name,
                        "roles": [person.role.value],
                    }
                )
            case _:
                raise NotFound("Nothing of MONAI Label is here.", given=path)

    def _exchange(self, name: str, form: bytes) -> None:
        fields = parse_qs(form.decode("utf-8", "replace"))
        user, password = (fields.get(each, [""])[0] for each in ("username", "password"))
        if not user or not password:
            raise InvalidInput("A user name and a password are wanted.", advice="Send both as a form.")
        ticket = self.settings[SERVING].tickets(name).exchange(user, password, _now())
        if ticket is None:
            raise NotSignedIn(
                "The name and the password are not, or no longer, good.",
                advice="Make a new password in JupyterLab; it is good for ten minutes, and once.",
            )
        left = int((ticket.until - _now()).total_seconds())
        self._json({"access_token": ticket.text, "token_type": "bearer", "expires_in": left})

    def _signed_in(self) -> bool:
        return "Cookie" in self.request.headers or WORD in self.request.headers

    def _json(self, value: object, kind: str = "application/json") -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", kind)
        self.finish(json.dumps(value))

    async def _pass_on(self, address: Address | OfArchive, path: str, person: Person) -> None:
        """Answer with what MONAI Label answers."""
        import httpx  # noqa: PLC0415 - loaded by nothing else that a server does at its start

        self._asks = person
        request, body = self.request, self._body
        query = f"?{request.query}" if request.query else ""
        headers = carrying.asked(request.headers.get_all(), address.headers(person), body=body is not None)
        try:
            async with self.settings[SERVING].http.stream(
                request.method or "GET",
                f"{address.url}/{path}{query}",
                headers=headers,
                content=body.parts() if body else None,
            ) as answer:
                if isinstance(address, Address) and self._submits and handed_over(answer):
                    labels, http = self.settings[LABELS], self.settings[SERVING].http
                    self._json(await submitted(labels, self.path_args[0], answer, address, http))
                else:
                    await self._answer(answer, path)
        except httpx.TransportError as e:
            if not self._headers_written:
                raise address.silent(type(e).__name__) from e
            self.detach().close()  # an answer that is cut off must not look like a whole one
        except StreamClosedError:
            return
        finally:
            if body:
                body.drop()

    async def _answer(self, answer: httpx.Response, path: str) -> None:
        self.set_status(answer.status_code, answer.reason_phrase or None)
        self.clear_header("Content-Type")
        for name, value in carrying.answered(answer.headers.multi_items(), page=path.startswith("ohif/")):
            self.set_header(name, value)
        async for part in answer.aiter_raw():
            self.write(part)
            await self.flush()
        self.finish()


def _now() -> datetime:
    return datetime.now(timezone.utc)
