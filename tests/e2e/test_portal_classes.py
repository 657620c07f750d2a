"""A class in the portal: a wrong list, every date and group seen first, what a student sees, the end for all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browser import go_to, open_portal, picture, violations
from tests.e2e.lab import START
from tests.platform import Platform

pytestmark = pytest.mark.browser
TITLE = "Imaging for beginners"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform whose project has a title."""
    made = Platform(tmp_path_factory.mktemp("platform") / "data")
    made.data.mkdir(mode=0o700)
    (made.data / "settings.json").write_text(json.dumps({"projects": {"default": {"title": TITLE}}}))
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.mark.parametrize(("width", "scheme"), [(1600, "light"), (390, "dark")])
def test_a_class_is_made_from_a_list_changed_and_ended_for_all(
    browser: Browser, platform: Platform, tmp_path: Path, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    page = open_portal(browser, platform, "admin", viewport=size, color_scheme=scheme)
    go_to(page, "Classes")
    expect(page.get_by_text("You are in no class").or_(page.get_by_role("table"))).to_be_visible()
    page.get_by_role("button", name="New class").click()
    dialog = page.get_by_role("dialog", name="New class")
    name, tomorrow = f"Class {scheme}", datetime.now() + timedelta(days=1)  # noqa: DTZ005 - as the form has it
    dialog.get_by_label("Name of the class").fill(name)
    dialog.get_by_label("First date from").fill(f"{tomorrow:%Y-%m-%dT13:00}")
    dialog.get_by_label("To", exact=True).fill(f"{tomorrow:%Y-%m-%dT17:00}")
    dialog.get_by_label("Until").fill(f"{tomorrow + timedelta(weeks=2):%Y-%m-%d}")
    listed = tmp_path / "students.csv"
    listed.write_text("\ufeffGroup;User name\r\nA;alice\r\nB\r\n", encoding="utf-8")
    dialog.get_by_label("From a file (CSV)").set_input_files(listed)
    faults = dialog.get_by_role("list", name="What is wrong in the list").get_by_role("listitem")
    expect(faults).to_have_count(1)
    expect(faults).to_contain_text("Line 3:")
    assert violations(page) == []
    students = dialog.get_by_role("textbox", name="The list")
    dialog.get_by_label("Staff beside you").fill("bob, tam")
    students.fill("group,user\nA,alice\nB,alise\n")
    warned = dialog.get_by_role("list", name="Names that the hub does not know").get_by_role("listitem")
    # Of a hub that is too busy to say it now the form asks again.
    expect(warned).to_have_count(1, timeout=START)
    expect(warned).to_contain_text("Line 3: The hub does not know alise")
    strange = dialog.get_by_role("list", name="Staff whom the hub does not know").get_by_role("listitem")
    expect(strange).to_have_count(1)
    expect(strange).to_contain_text("The hub does not know tam")
    expect(dialog.get_by_text("3 of 3 dates are free for all 2 groups (2 students).")).to_be_visible()
    picture(page, f"portal-class-warned-{scheme}-{width}")
    assert violations(page) == []
    dialog.get_by_label("Staff beside you").fill("")
    students.fill("group,user\nA,alice\nB,bob\n")
    expect(warned).to_have_count(0, timeout=START)
    expect(strange).to_have_count(0)
    expect(dialog.get_by_text("3 of 3 dates are free for all 2 groups (2 students).")).to_be_visible()
    picture(page, f"portal-class-new-{scheme}-{width}")
    assert violations(page) == []
    dialog.get_by_role("button", name="Make the class").press("Enter")
    shown = page.get_by_role("region", name=name, exact=True)
    rows = shown.get_by_role("region", name="Dates, table").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(shown.get_by_role("definition").first).to_have_text(TITLE)
    picture(page, f"portal-class-{scheme}-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    _a_student_sees_her_own_group(
        open_portal(browser, platform, "alice", viewport=size, color_scheme=scheme), name
    )

    _is_changed_and_ended(page, shown)
    with platform.client("alice") as client:
        assert [b for b in client.state().bookings if b.of_class] == []
    page.context.close()


def _a_student_sees_her_own_group(student: Page, name: str) -> None:
    go_to(student, "Classes")
    expect(student.get_by_role("row").filter(has_text=name).first).to_contain_text(TITLE)
    student.get_by_role("button", name=f"Open {name}").click()
    own = student.get_by_role("region", name=name, exact=True)
    expect(own.get_by_role("region", name="Groups, table")).to_contain_text("alice")
    expect(own).not_to_contain_text("bob")
    expect(own.get_by_role("button")).to_have_count(0)
    picture(student, f"portal-{name.replace(' ', '-')}-student")
    assert violations(student) == []
    student.context.close()


def _is_changed_and_ended(page: Page, shown: Locator) -> None:
    shown.get_by_role("button", name="Change groups and staff").click()
    changing = page.get_by_role("dialog")
    changing.get_by_role("textbox", name="The list").fill("A,alice\nA,bob\n")
    expect(changing.get_by_text("3 of 3 dates to come are possible")).to_be_visible()
    expect(changing.get_by_role("list", name="Dates").get_by_role("listitem").first).to_contain_text(
        "Group B loses it."
    )
    picture(page, f"portal-class-change-{page.viewport_size['width'] if page.viewport_size else ''}")
    assert violations(page) == []
    changing.get_by_role("button", name="Save").click()
    expect(shown.get_by_role("region", name="Groups, table")).to_contain_text("alice, bob")
    rows = shown.get_by_role("region", name="Dates, table").get_by_role("row")
    rows.nth(1).get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the date").click()
    expect(shown.get_by_role("button", name="Cancel")).to_have_count(2)
    shown.get_by_role("button", name="End for all…").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("2 dates to come are cancelled")
    picture(page, "portal-class-end")
    assert violations(page) == []
    asked.get_by_role("button", name="End for all").press("Enter")
    expect(shown).to_contain_text("the class has ended")
