from __future__ import annotations

from maia_hub.core.counting import counted


def test_one_thing_is_called_as_one() -> None:
    assert [counted(number, "metric") for number in (0, 1, 2)] == ["0 metrics", "1 metric", "2 metrics"]
