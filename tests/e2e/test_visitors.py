"""Who else is in one's server is seen in JupyterLab and the portal; who may be there, or in a part, finds the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from maia_hub.client.models import ToolShareRequest
from tests.e2e.browser import open_portal, picture, violations
from tests.e2e.lab import START, notification, open_lab, open_panel
from tests.embedded.test_monailabel import NAME, served
from tests.lab.test_class_for_real import a_class
from tests.lab.test_visitors import opened
from tests.platform import Platform

pytestmark = pytest.mark.browser


@pytest.fixture
def portal(browser: Browser, platform: Platform) -> Iterator[Page]:
    page = open_portal(browser, platform, "alice")
    yield page
    page.context.close()


def test_the_owner_is_told_of_a_visit_while_it_happens_and_sees_it_afterwards(
    context: BrowserContext, portal: Page, platform: Platform
) -> None:
    lab = open_lab(context, platform, "alice")
    panel = open_panel(lab)
    expect(panel.get_by_role("list", name="Who was in this server")).to_have_count(0)
    with closing(platform.session("admin")) as admin:
        assert opened(admin, "/user/alice/lab").status_code == 200
    expect(notification(lab, "admin has opened your server")).to_be_visible()
    expect(panel.get_by_role("list", name="Who was in this server")).to_contain_text("admin is here, since")
    picture(lab, "lab-visitors")
    assert violations(lab, "#maia-gpu-panel") == []
    running = portal.get_by_role("region", name="Running now")
    expect(running).to_contain_text("admin is here, since")
    picture(portal, "portal-visitors")
    assert violations(portal) == []
    portal.set_viewport_size({"width": 390, "height": 800})
    picture(portal, "portal-visitors-phone")


def test_a_guest_finds_the_monai_label_that_is_shared_with_her_and_gets_no_further(
    browser: Browser, context: BrowserContext, platform: Platform, tmp_path: Path
) -> None:
    guest = open_portal(browser, platform, "bob", color_scheme="dark")
    shared = guest.get_by_role("region", name="Shared with me")
    expect(shared).to_have_count(0)
    until = datetime.now(timezone.utc) + timedelta(days=2)
    with served(platform, "alice", tmp_path), platform.client("alice") as alice:
        share = alice.share_tool(ToolShareRequest(tool=NAME, guest="bob", until=until))
        expect(shared.get_by_role("listitem")).to_contain_text("of alice, until")
        picture(guest, "portal-shared-dark")
        assert violations(guest) == []
        guest.emulate_media(color_scheme="light")
        guest.set_viewport_size({"width": 390, "height": 800})
        guest.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
        picture(guest, "portal-shared-phone")
        assert violations(guest) == []
        shared.get_by_role("link", name=f"Open MONAI Label “{NAME}” of alice").focus()
        with guest.context.expect_page() as opening:
            guest.keyboard.press("Enter")
        page = opening.value
        page.wait_for_url(f"**/shared/{share.id}/ohif/")
        expect(page).to_have_title("OHIF Viewer")  # which the door shows once the workspace knows its word
        for closed in ("api/contents", "api/kernels", "api/terminals"):
            answer = page.request.get(f"{platform.url}/user/alice/{closed}")
            assert (answer.status, closed) == (403, closed)
        alice.take_back_tool(share.id)
        page.reload()
        expect(page.get_by_text("does not share")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("region", name="My bookings")).to_be_visible()
    expect(shared).to_have_count(0)
    guest.context.close()


def test_staff_find_the_servers_of_their_students_and_open_them(browser: Browser, platform: Platform) -> None:
    with closing(platform.session("admin")) as admin:
        a_class(platform, admin)
    platform.stop_server("alice")
    platform.start_server("alice", "booked")
    staff = open_portal(browser, platform, "bob", color_scheme="dark")
    theirs = staff.get_by_role("region", name="Your students’ servers")
    expect(theirs.get_by_role("listitem")).to_have_count(1)
    picture(staff, "portal-students-dark")
    assert violations(staff) == []
    staff.set_viewport_size({"width": 390, "height": 800})
    staff.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    picture(staff, "portal-students-phone")
    theirs.get_by_role("link", name="Open the server of alice").focus()
    with staff.context.expect_page() as opening:
        staff.keyboard.press("Enter")
    opening.value.get_by_role("button", name="Authorize").click()  # the hub asks who opens another's server
    expect(opening.value.locator("#jp-main-dock-panel")).to_be_visible(timeout=START)
    staff.context.close()
