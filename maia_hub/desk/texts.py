"""What users are told, in plain words."""

from __future__ import annotations

from maia_hub.store.servers import StopCause

_KEPT = (
    "Open documents were saved before the stop; what kernels had in memory is lost. "
    "Your files, your layout and your address are the same."
)
_AGAIN = "To get a GPU again, book one in the GPU panel or in the portal."

BACK: dict[StopCause, tuple[str, str]] = {
    "expired": ("Your GPU time has ended", f"Your server now runs on CPU. {_KEPT} {_AGAIN}"),
    "released": ("You gave your GPU back", f"Your server now runs on CPU. {_KEPT} {_AGAIN}"),
    "preempted": (
        "The GPU you borrowed was needed",
        f"Somebody's booking on it began, so your server now runs on CPU. {_KEPT} {_AGAIN}",
    ),
    "revoked": (
        "Your booking was revoked",
        f"An administrator ended it; your server now runs on CPU. {_KEPT}",
    ),
    "switch": ("Your server was restarted as you asked", _KEPT),
}
"""cause -> (title, message), shown once the server is back."""

RESUMED: dict[StopCause, str] = {
    "expired": "Your GPU time has ended; your server was started again on CPU.",
    "released": "You gave your GPU back; your server was started again on CPU.",
    "preempted": "The GPU you borrowed was needed for a booking; your server was started again on CPU.",
    "revoked": "Your booking was revoked; your server was started again on CPU.",
}
"""cause -> the reason of the CPU grant that follows."""
