"""How a server is told of, in a terminal and in a notebook."""

from __future__ import annotations

from collections.abc import Callable

from maia_hub.monailabel.server import Say, Server, State

COLUMNS = ("server", "state", "device", "app", "images", "why")
NONE = "No server of MONAI Label was started here."


def viewer(found: Server) -> str | None:
    """Return the path of its OHIF; None where no door leads there, or the project has no images by DICOMweb."""
    return f"{found.wish.base}/ohif/" if found.wish.base and found.wish.dicomweb else None


def lines(found: Server) -> list[str]:
    """Return sentences on how a server fares."""
    said = [f"{found.name} is {found.state.value}{f' on {found.device}' if found.device else ''}."]
    if found.reason:
        said.append(found.reason)
    if found.state is State.READY and (path := viewer(found)):
        said.append(f"Its viewer, below the platform's address: {path}")
    if found.untrained:
        said.append(f"Without weights, so they know nothing yet: {', '.join(found.untrained)}.")
    return said


def row(found: Server) -> tuple[str, ...]:
    """Return a server as a row of a table with `COLUMNS`."""
    return (found.name, found.state.value, found.device, found.wish.app, found.wish.images, found.reason)


def telling(write: Callable[[str], None]) -> Say:
    """Return what tells how far a start is, a line for each thing once."""
    said = ""

    def say(doing: str, share: float | None) -> None:
        nonlocal said
        line = doing if share is None else f"{doing} ({share:.0%})"
        if line != said:
            said = line
            write(line)

    return say
