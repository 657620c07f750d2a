"""A job that is over, written to MLflow for a tab.

A process of its own does it: MLflow's client takes seconds to load, and where it writes is said by its environment.
That is this server's own, else what the project's tools tell kernels.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from maia_hub.core.errors import Unavailable
from maia_hub.hpc.tracking import NotTracked, without_secrets
from maia_lab.tools.holdings import HOLDINGS
from maia_lab.tools.place import Place

WHERE = "MLFLOW_TRACKING_URI"
_HASTE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}
"""Somebody waits: one that does not answer is given up sooner than the minutes of its own patience."""


def is_known() -> bool:
    """Tell whether there is an MLflow to write to."""
    return WHERE in os.environ or WHERE in HOLDINGS.names


async def track(token: str, patterns: Sequence[str]) -> dict[str, Any]:
    """Write a job with files that match some patterns; return the run that it became.

    Raises:
        NotTracked: it was not written; what went wrong is said in the words of the command that does it.
        Unavailable: there is no MLflow.
    """
    environment = {**_HASTE, **os.environ, **await _told(), "NO_COLOR": "1"}
    words = ("hpc", "track", "--json", "--", token, *patterns)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "maia_hub.cli", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        out, errors = await process.communicate()
    except BaseException:  # it was given up
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if process.returncode:
        said = without_secrets(" ".join(errors.decode(errors="replace").split()), environment)
        raise NotTracked(said[-600:] or "MLflow did not take it.")
    made: dict[str, Any] = json.loads(out)
    return {**made, "address": _address(made["page"])}


def _address(page: str) -> str:
    """Return where a browser finds a page, empty where it is one of the project's MLflow, which has a tab."""
    where = without_secrets(os.environ.get(WHERE, ""))
    return f"{where.rstrip('/')}/{page}" if urlsplit(where).scheme in {"http", "https"} else ""


async def _told() -> Mapping[str, str]:
    """Return what the tools tell that this server does not know itself."""
    if WHERE in os.environ:
        return {}
    from maia_lab.tools.door import Door  # noqa: PLC0415 - only where it is asked for

    found = await Door(Place.required()).environment()
    if WHERE not in found.values:
        raise Unavailable(
            "The project's MLflow does not run.", advice="Start it in the panel *Project*, then try again."
        )
    return found.values
