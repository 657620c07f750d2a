"""The panel "HPC jobs" behind the hub, where a page has to show its XSRF token with every request."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.lab import open_lab
from tests.e2e.test_hpc_panel import open_panel, submit, tool
from tests.platform import Platform

pytestmark = pytest.mark.browser


def test_the_list_of_jobs_and_a_log_are_followed(context: BrowserContext, platform: Platform) -> None:
    page = open_lab(context, platform, "alice")
    panel = open_panel(page)
    opened = submit(page, "greeting", "echo hello; sleep 600")
    expect(page.get_by_role("log", name="What the job writes")).to_have_text("hello\n")
    expect(panel.get_by_role("button", name=re.compile("greeting.*running", re.S))).to_be_visible()
    tool(page, "Cancel…").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(opened).to_contain_text("It was cancelled, by you or an administrator")
    page.close()
