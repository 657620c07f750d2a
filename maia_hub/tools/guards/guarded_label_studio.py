"""Label Studio below a path, behind a word that only the door knows (``MAIA_GUARD``); who asks, the door says.

Each person has an account of her own, made when she first comes; nobody signs in, nobody has a password or a cookie.
"""

# ruff: noqa: PLC0415 - Django has to be told where it is before anything of it is imported
from __future__ import annotations

import hmac
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import label_studio  # type: ignore[import-not-found]
from rooted import below  # type: ignore[import-not-found]

_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_WHO = "HTTP_X_MAIA_PERSON"
_SAYS_WHO = "guarded_label_studio.Person"
_AUTHENTICATES = "django.contrib.auth.middleware.AuthenticationMiddleware"
_lock = threading.Lock()


def guarded(inner: _Application, secret: str, prefix: str) -> _Application:
    """Return an application that lives below a path and answers nobody who does not show the secret."""
    wanted = f"Token {secret}"

    def outer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        shown, path = environ.pop("HTTP_AUTHORIZATION", ""), environ.get("PATH_INFO", "")
        if not hmac.compare_digest(shown.encode(), wanted.encode()):
            return _told(start, "401 Unauthorized", b"Only by the door to the project's tools.")
        if not path.startswith(f"{prefix}/"):
            return _told(start, "404 Not Found", b"There is nothing here.")
        return inner({**environ, "PATH_INFO": path[len(prefix) :]}, start)

    return outer


def _told(start: Callable[..., Any], status: str, words: bytes) -> list[bytes]:
    start(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(words)))])
    return [words]


class Person:
    """Django's middleware that takes the door's word for who asks."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self._answer = answer

    def __call__(self, request: Any) -> Any:
        """Answer as to her; to nobody in particular if the door names no one."""
        name = request.META.get(_WHO, "").encode("latin-1").decode("utf-8", "replace")
        if name:
            request.user = request._cached_user = _account(name)
        answer = self._answer(request)
        if not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
            answer.content = _below_any_host(answer.content)
            answer["Content-Length"] = str(len(answer.content))
        return answer


def _below_any_host(page: bytes) -> bytes:
    """Let a page's scripts, which want a whole address, take the host from where the page is."""
    prefix = os.environ["MAIA_PREFIX"]
    return page.replace(f'hostname: "{prefix}"'.encode(), f'hostname: location.origin + "{prefix}"'.encode())


def _account(name: str) -> Any:
    """Return a person's account in the one organization that there is, made at first."""
    from organizations.models import Organization  # type: ignore[import-not-found]
    from users.models import User  # type: ignore[import-not-found]

    email = f"{quote(name, safe='')}@localhost"
    with _lock:
        found = User.objects.filter(email=email).first()
        if found is not None and found.active_organization_id is not None:
            return found
        user = found or User.objects.create_user(email=email, username=name[:256], first_name=name[:256])
        organization = Organization.objects.first()
        if organization is None:
            organization = Organization.create_organization(created_by=user, title="Label Studio")
        else:
            organization.add_user(user)
        user.active_organization = organization
        user.save()
        return user


def _settle(prefix: str) -> None:
    """Let addresses be paths below the door's, whatever host that has, and people those whom the door names."""
    from django.conf import settings  # type: ignore[import-not-found]

    settings.HOSTNAME = settings.FRONTEND_HOSTNAME = settings.FORCE_SCRIPT_NAME = prefix
    settings.MIDDLEWARE.insert(settings.MIDDLEWARE.index(_AUTHENTICATES) + 1, _SAYS_WHO)


def _migrate() -> None:
    """Bring the database up to date; a new one is made beside where it will be, and is there when it is whole."""
    from django.core.management import call_command  # type: ignore[import-not-found]
    from django.db import connection  # type: ignore[import-not-found]

    kept = Path(connection.settings_dict["NAME"])
    if kept.exists() and kept.stat().st_size:
        call_command("migrate", "--no-color", verbosity=0)
        return
    begun = kept.with_name(f"{kept.name}.begun")
    for left in (begun, begun.with_name(f"{begun.name}-journal")):
        left.unlink(missing_ok=True)
    connection.close()
    connection.settings_dict["NAME"] = str(begun)
    with connection.cursor() as cursor:  # hundreds of steps do not wait for the disk one by one
        cursor.execute("PRAGMA synchronous=OFF")
    call_command("migrate", "--no-color", verbosity=0)
    connection.close()
    connection.settings_dict["NAME"] = str(kept)
    _keep(begun, kept)


def _keep(begun: Path, kept: Path) -> None:
    """Give a file its name when the disk has all of it."""
    _sync(begun)
    begun.rename(kept)
    _sync(kept.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def main() -> None:
    """Bring the database up to date, and serve."""
    sys.path.insert(0, str(Path(label_studio.__file__).parent))
    os.environ["DJANGO_SETTINGS_MODULE"] = "label_studio.core.settings.label_studio"
    from django.core.servers.basehttp import run  # type: ignore[import-not-found]
    from django.core.wsgi import get_wsgi_application  # type: ignore[import-not-found]

    secret, prefix = os.environ.pop("MAIA_GUARD"), os.environ["MAIA_PREFIX"]
    _settle(prefix)
    application = below(prefix, get_wsgi_application(), (".css",))
    _migrate()
    run("127.0.0.1", int(os.environ["MAIA_PORT"]), guarded(application, secret, prefix), threading=True)


if __name__ == "__main__":
    main()
