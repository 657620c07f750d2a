"""The package as it is imported."""

from __future__ import annotations

import subprocess
import sys

import maia_hub.imaging
from maia_hub.imaging import PLACES, Progress
from maia_hub.imaging.progress import Meter


def test_importing_it_brings_nothing_large() -> None:
    code = "import sys, maia_hub.imaging; print([n for n in ('numpy', 'pydicom', 'nibabel') if n in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


def test_every_public_name_is_where_it_is_said_to_be() -> None:
    assert [name for name in PLACES if not hasattr(maia_hub.imaging, name)] == []
    assert set(dir(maia_hub.imaging)) == set(PLACES)
    assert not hasattr(maia_hub.imaging, "other")


def test_progress_says_how_long_it_still_takes() -> None:
    told: list[Progress] = []
    meter = Meter(4, told.append)
    assert meter.now().remaining is None
    meter.add(size=1000)
    meter.add(size=1000, things=3)
    assert [(each.done, each.total, each.bytes) for each in told] == [(1, 4, 1000), (4, 4, 2000)]
    assert told[0].remaining
    assert told[1].remaining == 0
    assert told[0].rate > 0
