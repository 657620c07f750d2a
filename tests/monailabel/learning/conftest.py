"""Properties are tried without a deadline: a busy machine is no fault of theirs; a small MONAI Label teaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.monailabel.learning.schooling import School, opened

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[School]:
    """One in a home of its own."""
    with opened(tmp_path, monkeypatch) as made:
        yield made
