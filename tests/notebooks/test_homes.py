"""A new user finds the tutorials at home, and what she changes in them stays."""

from __future__ import annotations

from tests.platform import Platform

TUTORIAL = "notebooks/01_your_first_gpu_session.ipynb"


def test_a_new_home_begins_with_the_tutorials_and_keeps_what_is_changed(platform: Platform) -> None:
    platform.start_server("bob")
    tutorial = platform.data / "homes" / "bob" / TUTORIAL
    assert '"nbformat"' in tutorial.read_text(encoding="utf-8")
    tutorial.write_text("changed", encoding="utf-8")
    platform.stop_server("bob")
    platform.start_server("bob")
    assert tutorial.read_text(encoding="utf-8") == "changed"
