"""The rules on the command line, on a real database."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.commands import maia
from tests.cli.test_outages import Site


class Rules(Site):
    """The same site, asked for its rules."""

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        return maia("rules", command, *words, "--settings", str(self.settings), "--secrets", "/nowhere")


@pytest.fixture
def site(tmp_path: Path) -> Rules:
    return Rules(tmp_path)


def test_a_policy_is_tried_changed_shown_and_reset(site: Rules) -> None:
    tried = site.run("policy", "max_duration=30min", "--try", "30")
    assert tried.stdout.splitlines()[0] == "Of 1 booking made in the last 30 days it would have refused 1."
    assert "ada: 1 GPU" in tried.stdout
    assert "too long" in tried.stdout
    changed = site.run("policy", "max_duration=2h", "cooldown=none", "--reason", "exams")
    assert (changed.returncode, changed.stderr) == (0, "")
    assert "max_duration=2 h" in changed.stdout
    shown = site.run("show").stdout
    assert "exams" in shown
    assert "weekly_gpu_hours=336.0" in shown, "what was not said stays as it was"
    assert site.run("policy", "--reset", "--reason", "exams are over").returncode == 0
    assert "the settings" in site.run("show").stdout


def test_quotas_of_a_project_are_changed(site: Rules) -> None:
    done = site.run("quotas", "vision", "gpus=4", "products=A40, A6000", "--reason", "a grant")
    assert done.stdout.splitlines()[1:] == ["  gpus=4", "  products=A40,A6000"]
    assert "vision" in site.run("show").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("policy", "--reason", "x"), "No limit was given"),
        (("policy", "max_hours=3", "--reason", "x"), "max_duration"),
        (("policy", "max_gpus=many", "--reason", "x"), "a number from 0 on"),
        (("policy", "max_gpus=1"), "has a reason"),
        (("policy", "max_duration=1min", "--reason", "x"), "nothing could be booked"),
        (("quotas", "vision", "gpus=-1", "--reason", "x"), "a number from 0 on"),
    ],
)
def test_a_mistake_is_refused_in_words_and_changes_nothing(
    site: Rules, words: tuple[str, ...], said: str
) -> None:
    before = site.run("show").stdout
    done = site.run(*words)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert site.run("show").stdout == before
