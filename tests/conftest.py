"""What the tests of all subjects share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kube import helm
from tests.kube.kube import Kube
from tests.kube.running import running
from tests.platform import Platform


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A running platform with the demo rules and two simulated GPUs, for the tests of one module."""
    started = Platform(tmp_path_factory.mktemp("platform") / "data")
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture(scope="session")
def kube() -> Iterator[Kube]:
    """A real Kubernetes for the whole session."""
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def release(kube: Kube) -> Iterator[str]:
    """The namespace of the chart's one release on that cluster."""
    with helm.installed(kube, "maia-hub", helm.NAMESPACE, {}):
        yield helm.NAMESPACE


def pytest_addoption(parser: pytest.Parser) -> None:
    """CI must not be green because something was missing and its tests were skipped."""
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the session")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a success with skipped tests into a failure, if so asked."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if (
        reporter
        and session.config.getoption("no_skips")
        and skipped
        and session.exitstatus == pytest.ExitCode.OK
    ):
        reporter.write_line(f"{len(skipped)} skipped, and --no-skips was given", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
