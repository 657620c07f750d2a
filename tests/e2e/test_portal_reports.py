"""The portal's reports in a real browser: a table, plots beside it, a file for a spreadsheet, for every eye."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.browser import open_portal, picture, violations
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def used(platform: Platform) -> Platform:
    """Alice has booked and left idle what she booked; nobody else has booked anything."""
    platform.book("alice", 3600, gpus=2)
    with platform.client("alice") as client:
        eventually(lambda: client.report().total.booked > 0.001, "a few seconds have passed")
    return platform


def test_a_report_is_read_grouped_and_downloaded(browser: Browser, used: Platform) -> None:
    page = open_portal(browser, used, "alice")
    page.get_by_role("link", name="Reports").click()
    table = page.get_by_role("region", name="GPU-hours, table")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table.get_by_role("row").last).to_contain_text("Total")
    expect(page.get_by_role("img", name="GPU-hours by Project")).to_be_visible()
    for group in ("Month", "Project"):
        page.get_by_role("checkbox", name="GPU" if group == "Month" else "Person").check()
        page.get_by_role("checkbox", name=group).uncheck()
    expect(table.get_by_role("row").nth(1)).to_contain_text("alice")
    expect(table.get_by_role("row").nth(1)).to_contain_text("Simulated GPU")
    expect(page.get_by_role("img", name="GPU-hours by GPU")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename.startswith("gpu-hours-")
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "user,product,booked_gpu_hours,used_gpu_hours,idle_gpu_hours"
    assert lines[1].startswith("alice,Simulated GPU,")
    page.context.close()


def test_days_without_hours_are_said_to_have_none(browser: Browser, used: Platform) -> None:
    page = open_portal(browser, used, "bob")
    page.get_by_role("link", name="Reports").click()
    expect(page.get_by_text("Nothing was booked or used on these days.")).to_be_visible()
    picture(page, "portal-reports-empty")
    page.context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1600), ("dark", 1600), ("dark", 390)])
def test_the_reports_have_no_accessibility_violations_and_fit_their_width(
    browser: Browser, used: Platform, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 900}
    page = open_portal(browser, used, "admin", viewport=viewport, color_scheme=scheme)
    page.goto(f"{used.service_url}/#/reports")
    expect(page.get_by_role("img", name="GPU-hours by Month")).to_be_visible()
    picture(page, f"portal-reports-{scheme}-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_a_long_report_says_that_it_is_counted_and_shows_its_first_lines(
    browser: Browser, used: Platform
) -> None:
    page = open_portal(browser, used, "alice")
    page.get_by_role("link", name="Reports").click()
    table = page.get_by_role("region", name="GPU-hours, table")
    expect(table.get_by_role("row")).to_have_count(3)
    waiting: list[Route] = []
    # As long as it takes on a large site.
    page.route(re.compile(r"/reports\?"), lambda route: waiting.append(route))  # noqa: PLW0108 - it marks its handlers
    page.get_by_role("checkbox", name="Person").check()
    status = page.get_by_role("status").filter(has_text="Counting")
    expect(status).to_be_visible()
    expect(table.get_by_role("row")).to_have_count(3)
    while not waiting:
        page.wait_for_timeout(50)  # in which the page's requests are heard of
    answer = waiting[0].fetch()
    report = answer.json()
    report["lines"] = [{**report["lines"][0], "user": f"user{n:04}"} for n in range(1300)]
    waiting[0].fulfill(response=answer, json=report)
    expect(table.get_by_role("row")).to_have_count(1 + 200 + 1 + 1)
    expect(status).to_have_count(0)
    expect(table).to_contain_text("1,100 more lines, which are in the total and in the CSV file.")
    picture(page, "portal-reports-long")
    assert violations(page) == []
    table.get_by_role("button", name="Show 1,000 more").click()
    expect(table.get_by_role("row")).to_have_count(1 + 1200 + 1 + 1)
    expect(table.get_by_role("row").last).to_contain_text("Total")
    page.context.close()
