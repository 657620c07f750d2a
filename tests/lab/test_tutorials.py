"""A new home begins with the tutorials, whole or not at all; nothing in a home is ever overwritten or brought back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maia_lab.tutorials import ENV, bring, copied


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "lab.png").touch()
    (folder / "01.ipynb").write_text("ours")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / ".local").mkdir(parents=True)
    return folder


def test_a_new_home_gets_the_notebooks_without_the_pictures_of_the_readme(source: Path, home: Path) -> None:
    (home / "lost+found").mkdir()
    made = copied(source, home)
    assert made == home / "notebooks"
    assert [path.name for path in made.iterdir()] == ["01.ipynb"]


def test_what_was_changed_or_deleted_stays_so(source: Path, home: Path) -> None:
    copied(source, home)
    (home / "notebooks" / "01.ipynb").write_text("mine")
    assert copied(source, home) is None
    assert (home / "notebooks" / "01.ipynb").read_text() == "mine"
    shutil.rmtree(home / "notebooks")
    assert copied(source, home) is None
    assert not (home / "notebooks").exists()


def test_a_home_with_files_is_left_alone_for_ever(source: Path, home: Path) -> None:
    thesis = home / "thesis.tex"
    thesis.touch()
    assert copied(source, home) is None
    thesis.unlink()
    assert copied(source, home) is None


def test_a_copy_that_was_interrupted_is_made_anew(source: Path, home: Path) -> None:
    part = home / ".maia" / "tutorials.part"
    part.mkdir(parents=True)
    (part / "half").touch()
    made = copied(source, home)
    assert made is not None
    assert [path.name for path in made.iterdir()] == ["01.ipynb"]
    assert not part.exists()


def test_without_a_folder_of_tutorials_nothing_is_touched(
    source: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))
    for named in ("", str(source / "none")):
        monkeypatch.setenv(ENV, named)
        assert bring() is None
    assert not (home / ".maia").exists()
    monkeypatch.setenv(ENV, str(source))
    assert bring() == home / "notebooks"
