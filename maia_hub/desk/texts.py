"""What users are told, in plain words."""

from __future__ import annotations

from maia_hub.store.servers import StopCause

_LOST = "Documents were saved; kernel memory is lost."
_AGAIN = "Book a GPU to get one again."

BACK: dict[StopCause, tuple[str, str]] = {
    "expired": ("Your GPU time has ended", f"Your server now runs on CPU. {_LOST} {_AGAIN}"),
    "released": ("You gave your GPU back", f"Your server now runs on CPU. {_LOST} {_AGAIN}"),
    "preempted": ("The GPU you borrowed was needed", f"Your server now runs on CPU. {_LOST} {_AGAIN}"),
    "revoked": ("Your booking was revoked", f"Your server now runs on CPU. {_LOST}"),
    "switch": ("Your server was restarted as you asked", _LOST),
}
"""cause -> (title, message), shown once the server is back; title and message together are at most
140 characters, for JupyterLab cuts a notification there."""

RESUMED: dict[StopCause, str] = {
    "expired": "Your GPU time has ended; your server was started again on CPU.",
    "released": "You gave your GPU back; your server was started again on CPU.",
    "preempted": "The GPU you borrowed was needed for a booking; your server was started again on CPU.",
    "revoked": "Your booking was revoked; your server was started again on CPU.",
}
"""cause -> the reason of the CPU grant that follows."""
