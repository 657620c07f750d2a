"""The pages of tools in a real Chromium: they work behind the door, and none acts as the person who looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.dicom.series import study
from tests.e2e.browser import picture
from tests.e2e.lab import START, signed_in
from tests.e2e.tools import PREFIX, Tools, act, hostile, kernels
from tests.platform import Platform

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def tools(platform: Platform) -> Iterator[Tools]:
    """Alice's program, with MLflow, Orthanc and OHIF started."""
    program = Tools(platform, "alice")
    for name in ("mlflow", "ohif", "orthanc"):
        program.start(name)
    yield program
    program.close()


@pytest.fixture(scope="module")
def alice(browser: Browser, platform: Platform) -> Iterator[BrowserContext]:
    """A browser of alice, whose server runs: what a hostile page is after."""
    platform.start_server("alice")
    opened = signed_in(browser, platform, "alice")
    yield opened
    opened.close()


@pytest.fixture
def stranger(alice: BrowserContext) -> Iterator[Page]:
    """A tab of alice's for a hostile page; the windows that it opens are closed with it, and nothing of it goes on."""
    yield alice.new_page()
    for page in alice.pages:
        page.close()


@pytest.fixture(scope="module")
def run(tools: Tools, platform: Platform) -> tuple[str, str]:
    """An experiment and a run with a hostile artifact."""
    return tools.log_run(hostile(platform.url))


def test_mlflow_lists_an_experiment_and_opens_a_run(
    alice: BrowserContext, platform: Platform, run: tuple[str, str]
) -> None:
    page = alice.new_page()
    failures: list[str] = []
    page.on("response", lambda r: failures.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.goto(f"{platform.url}{PREFIX}/default/mlflow/#/experiments")
    expect(page.get_by_role("link", name="spleen").first).to_be_visible(timeout=START)
    picture(page, "tools-mlflow-experiments")
    page.goto(f"{platform.url}{PREFIX}/default/mlflow/#/experiments/{run[0]}/runs/{run[1]}")
    expect(page.get_by_text("dice").first).to_be_visible(timeout=START)
    expect(page.get_by_text("0.87").first).to_be_visible(timeout=START)
    picture(page, "tools-mlflow-run")
    assert failures == []
    assert page.evaluate("self.origin") == "null"
    page.close()


def test_a_hostile_artifact_reaches_no_kernel_and_no_other_page(
    stranger: Page, platform: Platform, tools: Tools, run: tuple[str, str]
) -> None:
    before = kernels(platform, "alice")
    shown = act(stranger, f"{platform.url}{PREFIX}/", run)
    picture(stranger, "tools-mlflow-hostile")
    told = shown.locator("#told").inner_text()
    assert "REACHED" not in told, told
    answer = tools.http.get(f"default/mlflow/get-artifact?path=report.html&run_uuid={run[1]}")
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert kernels(platform, "alice") == before


@pytest.mark.usefixtures("run")
def test_a_hostile_document_of_a_tool_reaches_no_kernel_and_no_other_page(
    stranger: Page, platform: Platform
) -> None:
    before = kernels(platform, "alice")
    page = stranger
    own, body = f"{platform.url}{PREFIX}/default/mlflow/", hostile(platform.url)
    page.route(f"{own}hostile", lambda route: route.fulfill(response=route.fetch(url=own), body=body))
    page.goto(f"{own}hostile")
    expect(page.locator("#done")).to_have_text("done", timeout=START)
    told = page.locator("#told").inner_text()
    assert "REACHED" not in told, told
    assert len(re.findall(r"^\w+: ", told, re.MULTILINE)) >= 6
    picture(page, "tools-hostile")
    assert kernels(platform, "alice") == before


def test_ohif_opens_a_study_of_orthanc(alice: BrowserContext, platform: Platform, tools: Tools) -> None:
    tools.send_images(study(slices=6, size=128, name="Test^Anna", description="Thorax"))
    page = alice.new_page()
    outside: list[str] = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((platform.url, "blob:", "data:")) else outside.append(r.url),
    )
    page.goto(f"{platform.url}{PREFIX}/default/ohif/")
    row = page.get_by_text("Test, Anna").first
    expect(row).to_be_visible(timeout=START)
    picture(page, "tools-ohif-studies")
    uid = next(study(slices=6, size=128, name="Test^Anna", description="Thorax")).StudyInstanceUID
    page.goto(f"{platform.url}{PREFIX}/default/ohif/viewer?StudyInstanceUIDs={uid}")
    expect(page.locator("canvas").first).to_be_visible(timeout=START)
    expect(page.get_by_text("I: 1 (1/6)").or_(page.get_by_text("1/6")).first).to_be_visible(timeout=START)
    picture(page, "tools-ohif-viewer")
    assert outside == []
    page.close()


def test_nothing_secret_is_in_logs_or_pages(alice: BrowserContext, platform: Platform, tools: Tools) -> None:
    kept = [p.read_text() for p in (platform.data / "tools" / "default").glob("*/credentials.json")]
    secrets = [s for text in kept for s in re.findall(r'"secret": "([^"]+)"', text)]
    assert secrets
    page = alice.new_page()
    page.goto(f"{platform.url}{PREFIX}/default/mlflow/")
    seen = page.locator("html").inner_html() + "".join(
        p.read_text(errors="replace") for p in (platform.data / "logs").glob("*.log")
    )
    for secret in [*secrets, platform.token("alice")]:
        assert secret not in seen
    page.close()
