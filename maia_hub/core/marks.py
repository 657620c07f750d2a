"""What the platform writes on a pod: labels and annotations that spawner, control loops and admission agree on."""

from __future__ import annotations

from pathlib import PurePosixPath

PREFIX = "maia.io/"

GRANT = PREFIX + "grant"
"""Label: the id of the grant that the pod was started with."""
KIND = PREFIX + "kind"
"""Label: ``booked``, ``opportunistic`` or ``cpu``."""
SESSION = PREFIX + "session"
"""Annotation: the session file's text (`sessionfile`), rewritten whenever the end moves."""
BOOKING = PREFIX + "booking"
"""Annotation: the id of the booking behind a booked pod."""
UNTIL = PREFIX + "until"
"""Annotation: when the GPU goes back, ISO 8601 in UTC; for people who look at the pod."""
MANAGED = PREFIX + "managed"
"""Label of a namespace whose pods get a GPU only by a grant or a booking: ``true``."""

USERNAME = "hub.jupyter.org/username"
"""Annotation of JupyterHub's KubeSpawner: the user's name as it is; the label of that name is a slug."""
SERVERNAME = "hub.jupyter.org/servername"
"""Annotation of JupyterHub's KubeSpawner: the name of a named server."""

PRIORITY_BOOKED = "maia-booked"
PRIORITY_OPPORTUNISTIC = "maia-opportunistic"
PRIORITY_CPU = "maia-cpu"

SESSION_FOLDER = PurePosixPath("/run/maia/session")
"""Where a server's container finds its session file, kept up to date through the downward API."""
