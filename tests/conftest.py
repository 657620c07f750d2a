"""What the tests of all subjects share."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.dicom import orthanc as orthanc_servers
from tests.dicom.orthanc import Orthanc
from tests.kube import helm
from tests.kube.kube import Kube
from tests.kube.running import running
from tests.platform import Platform
from tests.postgres import server
from tests.postgres.server import Server
from tests.slurm import site as slurm_site
from tests.slurm.site import Site
from tests.stockhub import StockHub

TESTS = Path(__file__).parent
ON_THE_CLUSTER = ("admission", "cluster", "deployed", "helm", "images", "kube")
"""Folders whose tests have the one cluster in common, and so one process."""
OFF_THE_CLUSTER = {
    *(f"admission/test_{name}.py" for name in ("bookings", "grants", "server", "what_is_asked", "who_asks")),
    "deployed/test_monitoring.py",
    "helm/test_use.py",
    *(
        f"helm/test_{name}.py"
        for name in (
            "admission",
            "backup",
            "manifests",
            "network",
            "readme",
            "rights",
            "shared",
            "tools",
            "values",
        )
    ),
}
"""Files in them that do without it, and take their time."""

TRIED_TWICE = {"kube", "platform", "real_hub"}
"""Fixtures of whole platforms: on a machine that others use, too, something may once take too long."""
MOST_ON_THE_CLUSTER = 3600
"""Seconds: the first of these tests builds the cluster's programs, where nobody did before."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A running platform with the demo rules and two simulated GPUs, for the tests of one module."""
    started = Platform(tmp_path_factory.mktemp("platform") / "data")
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture(scope="module")
def real_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StockHub]:
    """A real JupyterHub alone, for the tests of one module."""
    started = StockHub(tmp_path_factory.mktemp("hub"))
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
def node(kube: Kube) -> str:
    """The name of a node that runs pods; a machine that can run a control plane alone skips what needs one."""
    nodes = kube.get("nodes")["items"]
    if not nodes:
        pytest.skip("no node: this machine runs Kubernetes' control plane alone")
    return str(nodes[0]["metadata"]["name"])


@pytest.fixture(scope="session")
def release(kube: Kube) -> Iterator[str]:
    """The namespace of the chart's one release on that cluster."""
    with helm.installed(kube, "maia-hub", helm.NAMESPACE, {}):
        yield helm.NAMESPACE


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL for the whole session; each test has databases of its own in it."""
    with server.running() as started:
        yield started


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A real Slurm behind a real sshd for the whole session: without accounting, forgetful after ten seconds."""
    with slurm_site.running() as started:
        yield started


@pytest.fixture(scope="session")
def counted_site() -> Iterator[Site]:
    """One with accounting, for the whole session."""
    with slurm_site.running(accounting=True) as started:
        yield started


@pytest.fixture(scope="module")
def shared_orthanc() -> Iterator[Orthanc]:
    """A real Orthanc for the tests of a module; what they store differs or is cleared."""
    with orthanc_servers.running() as started:
        yield started


@pytest.fixture
def orthanc(shared_orthanc: Orthanc) -> Orthanc:
    """The module's server, empty."""
    shared_orthanc.clear()
    return shared_orthanc


def pytest_addoption(parser: pytest.Parser) -> None:
    """CI must not be green because something was missing and its tests were skipped."""
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the session")
    parser.addoption(
        "--attempts",
        type=int,
        default=1_000_000,
        help="random attempts to book for each database (make soak)",
    )
    parser.addoption(
        "--seed", type=int, help="what those attempts begin with; by default another one each time"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the cluster begin, and the browser wait: side by side they would want more than two cores have.

    What goes through a browser, a whole platform or the cluster has a second try, which the summary shows with what
    failed before; three of them at most in a session.

    Raises UsageError for a name that differs from process to process, which pytest-xdist cannot share out.
    """
    for item in items:
        if item.get_closest_marker("browser") or TRIED_TWICE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.flaky(reruns=1))
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.timeout(0))
        elif _scope(item.nodeid) == "cluster":
            item.add_marker(pytest.mark.timeout(MOST_ON_THE_CLUSTER))
        if any(str(value) in item.name for value in _params(item) if _unordered(value)):
            raise pytest.UsageError(f"{item.nodeid} has a set in its name, which has no order: give a list")
        if "kube" in getattr(item, "fixturenames", ()) and _scope(item.nodeid) != "cluster":
            raise pytest.UsageError(f"{item.nodeid} uses the cluster: say so in {__file__}")
    items.sort(key=lambda item: (_scope(item.nodeid) != "cluster", item.path.parent.name == "e2e"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Make anew what a file's tests share before a second try, which cannot stand on what the first one left."""
    if isinstance(item, pytest.Function) and getattr(item, "execution_count", 1) > 1:
        request: Any = item._request
        for made in itertools.chain.from_iterable(item._fixtureinfo.name2fixturedefs.values()):
            if made.scope == "module":
                made.finish(request)


def _params(item: pytest.Item) -> Iterable[object]:
    call = getattr(item, "callspec", None)
    return call.params.values() if call else ()


def _unordered(value: object) -> bool:
    return isinstance(value, Set) and len(value) > 1


def _scope(nodeid: str) -> str:
    """Return what must stay in one process: all tests of the one cluster, else the tests of a file."""
    path = nodeid.partition("::")[0].removeprefix("tests/")
    on_it = path.partition("/")[0] in ON_THE_CLUSTER and path not in OFF_THE_CLUSTER
    return "cluster" if on_it else path


class Side(LoadScopeScheduling):
    """Runs tests side by side (pytest-xdist); its own groups do nothing under pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Say which tests stay together."""
    return Side(config, log)


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
