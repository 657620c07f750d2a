"""What a tool's page may do in the browser: policies, and what other origins may read."""

from __future__ import annotations

from maia_hub.door.headers import Headers
from maia_hub.door.keys import HEADER
from maia_hub.tools.model import Page, Tool

SANDBOX = (
    "sandbox allow-scripts allow-forms allow-popups allow-downloads allow-modals; frame-ancestors {ancestors}"
)
"""No origin: no cookie of the platform, no storage of it, and nothing of its pages within reach; popups alike."""
TRUSTED = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    "connect-src 'self' blob: data:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors {ancestors}"
)
"""No script but the package's own files, and nothing to anywhere else."""
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"


def policy(tool: Tool, ancestors: str) -> Headers:
    """Return the headers of every answer of a tool; ``ancestors`` may show its page in a frame.

    They are the same where the door has an origin of its own: the tools of all projects and the door's API share it.
    """
    said = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")]
    if tool.kind.page is Page.TRUSTED:
        text, said = TRUSTED, [*said, ("Cross-Origin-Opener-Policy", "same-origin")]
    else:
        text = SANDBOX  # and no opener policy: browsers show no page that has both
    return [*said, ("Content-Security-Policy", text.format(ancestors=ancestors))]


def readable(origin: str | None, via: str) -> Headers:
    """Return what lets a sandboxed page read an answer: one to its own key, or a file that anybody may read."""
    said = [("Vary", "Origin")]
    if origin == "null" and via in ("key", "nothing"):
        said += [("Access-Control-Allow-Origin", "null"), ("Access-Control-Expose-Headers", "*")]
    return said


def preflight(asked: str) -> Headers:
    """Return the answer to the question of a browser whether a sandboxed page may ask with its key.

    It may, for without a key that counts there is no answer; a cookie is not sent with it.
    """
    allowed = ", ".join(
        sorted({HEADER, *(each.strip().lower() for each in asked.split(",") if each.strip())})
    )
    return [
        ("Access-Control-Allow-Origin", "null"),
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", allowed),
        ("Access-Control-Max-Age", "600"),
        ("Vary", "Origin"),
    ]
