"""The real MONAI Label for tests: its environment in the user's cache, 7 GB made by whichever needs it first."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.monailabel.environment import Environment, prepare

SPLEEN = "segmentation_spleen"


def environment() -> Environment:
    """Return it; where it is not there yet it is made first, in minutes, and others that want it wait.

    A machine that has no room for it, or no network, fails the test in plain words.
    """
    try:
        with ThreadPoolExecutor() as beside:  # a browser's own loop may run in this thread
            return beside.submit(lambda: asyncio.run(prepare())).result()
    except Unavailable as e:
        pytest.fail(f"{e.message} {e.given}. {e.advice}", pytrace=False)


def cache_home() -> str:
    """Return the folder of caches, to be named where a test has a home of its own."""
    return os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
