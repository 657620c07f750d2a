"""Properties are tried without a deadline: a busy machine is no fault of theirs; a small MONAI Label teaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from maia_hub.monailabel import ohif, process
from maia_hub.monailabel.state import folders
from tests.monailabel import small
from tests.monailabel.learning.schooling import School
from tests.monailabel.learning.schooling import school as laid_out
from tests.monailabel.school import FILES

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[School]:
    """One in a home of its own; what has been started is ended after the test."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    made = small.environment(tmp_path / "environment", FILES)
    monkeypatch.setattr(ohif, "PINNED", small.pinned(made))
    yield laid_out(made, tmp_path)
    for folder in folders():
        known = folder.known()
        if known is not None:
            process.end(known.process, folder)
