"""What the tests of jobs on Slurm systems share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maia_hub.hpc.jobs import Jobs
from tests.hpc.people import Home, stop_broker
from tests.slurm.site import Site


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of the test's own, without an agent; its broker ends with the test."""
    made = Home(tmp_path / "home")
    monkeypatch.setenv("HOME", str(made.folder))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    yield made
    stop_broker()


@pytest.fixture
def at_home(home: Home, site: Site) -> Home:
    """A home that knows the system as `login`."""
    home.knows(site.sshd)
    home.host("login", site.sshd.port, site.account)
    return home


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    """What somebody's home remembers of jobs: nothing yet."""
    return Jobs(tmp_path / ".maia" / "jobs.sqlite")
