"""What users are told, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from maia_hub.store.servers import StopCause

_LOST = "Documents were saved; kernel memory is lost."
_AGAIN = "Book a GPU to get one again."

BACK: dict[StopCause, tuple[str, str]] = {
    "expired": ("Your GPU time has ended", f"Your server now runs on CPU. {_LOST} {_AGAIN}"),
    "released": ("You gave your GPU back", f"Your server now runs on CPU. {_LOST} {_AGAIN}"),
    "handed-over": ("Your booking was handed over", f"Your server now runs on CPU. {_LOST}"),
    "given-back": ("Your GPU did nothing and was given back", f"Your server now runs on CPU. {_LOST}"),
    "preempted": ("The GPU you borrowed was needed", f"Your server now runs on CPU. {_LOST} {_AGAIN}"),
    "revoked": ("Your booking was revoked", f"Your server now runs on CPU. {_LOST}"),
    "switch": ("Your server was restarted", _LOST),
    "renewed": ("Your server came to its fixed end", _LOST),
}
"""cause -> (title, message), shown once the server is back; a loss is told at once instead. Title and message
together are at most 140 characters, for JupyterLab cuts a notification there."""

WITH_GPU_AGAIN: frozenset[StopCause] = frozenset({"switch", "renewed"})
"""After these a server receives what was chosen, if it can be had: what that is stands before the message."""

RESUMED: dict[StopCause, str] = {
    "expired": "Your GPU time has ended; your server was started again on CPU.",
    "released": "You gave your GPU back; your server was started again on CPU.",
    "handed-over": "Your booking was handed over; your server was started again on CPU.",
    "given-back": "Your GPU did nothing and was given back; your server was started again on CPU.",
    "preempted": "The GPU you borrowed was needed for a booking; your server was started again on CPU.",
    "revoked": "Your booking was revoked; your server was started again on CPU.",
    "lost": "Your server was lost and has been started again on CPU.",
}
"""cause -> the reason of the CPU grant that follows."""

Loss = Literal[
    "deadline",
    "out-of-memory",
    "preempted",
    "evicted",
    "drained",
    "node-lost",
    "node-shutdown",
    "failed",
    "deleted",
    "vanished",
]
"""What a server that nobody stopped was lost to."""

LOST: dict[Loss, tuple[str, str]] = {
    "deadline": ("Your server reached its latest end", "The cluster itself ended it."),
    "out-of-memory": ("Your server ran out of memory", "Load less at once, or choose more memory."),
    "preempted": ("The GPU you borrowed was needed", "Your server made room for a booked one."),
    "evicted": ("Your server's machine ran short", "Your server was ended there."),
    "drained": ("Your server's machine is being emptied", "Your server had to leave it."),
    "node-lost": ("Your server's machine is lost", "It does not answer, or was taken away."),
    "node-shutdown": ("Your server's machine was shut down", "Your server ended with it."),
    "failed": ("Your server has crashed", "It ended by itself with an error."),
    "deleted": ("Your server was removed", "Somebody deleted it in the cluster."),
    "vanished": ("Your server has vanished", "Nobody saw why."),
}
"""loss -> (title, message); one of the next sentences follows. All together have at most 140 characters, see `BACK`."""

AGAIN = "It is being started again; kernel memory is lost."
AGAIN_ON_CPU = "It is being started again on CPU; kernel memory is lost."
NOT_AGAIN = "Start it again from the hub's page."

WISH: Mapping[str, tuple[str, str, str]] = {
    "booked": (
        "waitlist",
        "Booked for you: {gpus}",
        "It came free: from {start} to {end}. Not needed? Cancel it.",
    ),
    "offered": (
        "waitlist-offer",
        "It is free now: {gpus}",
        "From {start}. Kept for you until {until}: take it?",
    ),
    "again": (
        "waitlist",
        "You did not take {gpus}",
        "The next one has it. You wait on for what begins later.",
    ),
    "lapsed": ("waitlist", "You did not take {gpus}", "The next one has it. Ask again if you still want it."),
    "removed": (
        "waitlist",
        "You no longer wait for {gpus}",
        "An administrator took it off the list: {reason}",
    ),
    "no-member": ("waitlist", "You no longer have or wait for {gpus}", "From {start}: {reason}."),
    "passed": (
        "waitlist",
        "{gpus} did not come free",
        "You waited for a time until {end}. Wait for a later one?",
    ),
}
"""What became of a wish on the waiting list -> (kind, title, message)."""

OFFERED = (
    "An idle {} is there for you",
    "Restart your server to get it: documents are saved, kernel memory is lost.",
)
LAPSED = ("Your turn for an idle {} is over", "You did not answer in time. Wait again if you still want one.")
LEFT = ("You no longer wait for an idle {}", "Your server was stopped, and with it your place in line ended.")
WITHDRAWN = (
    "The idle {} is gone again",
    "It was booked, or is out of service. You keep your place in line, and are asked again.",
)
"""(title with the product, message) for those who wait for an idle GPU."""
