"""A gate before an OpenID provider: a code is worth a token only to who began the sign-in (RFC 7636)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Pkce:
    """WSGI middleware; it refuses sign-ins without a challenge, and codes without its verifier."""

    def __init__(self, provider: WSGIApplication) -> None:
        self._provider = provider
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        if request.path == "/oauth2/authorize":
            challenge = request.args.get("code_challenge", "")
            if request.args.get("code_challenge_method") != "S256" or not challenge:
                return Response("a challenge is missing", 400)(environ, start_response)
            return self._provider(environ, self._remembering(challenge, start_response))
        if request.path == "/oauth2/token" and not self._proved(request, environ):
            return Response('{"error": "invalid_grant"}', 400)(environ, start_response)
        return self._provider(environ, start_response)

    def _remembering(self, challenge: str, start_response: StartResponse) -> Callable[..., Any]:
        """Note which challenge belongs to the code that the answer sends the browser away with."""

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            query = parse_qs(urlsplit(dict(headers).get("Location", "")).query)
            for code in query.get("code", ()):
                self._challenges[code] = challenge
            return start_response(status, headers, *more)

        return start

    def _proved(self, request: Request, environ: WSGIEnvironment) -> bool:
        body = request.get_data()
        environ["wsgi.input"] = BytesIO(body)
        form = parse_qs(body.decode())
        verifier, code = (form.get(name, [""])[0] for name in ("code_verifier", "code"))
        digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        return self._challenges.pop(code, None) == digest
