"""Signing in to a system in JupyterLab: a real login node that wants codes asks, and the tab that needs it answers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.alone import Alone, alone
from tests.e2e.browser import picture, violations
from tests.e2e.lab import START, execute
from tests.hpc.people import Home, stop_broker
from tests.slurm.codes import CodeNode, asking

pytestmark = pytest.mark.browser

PANEL = "#maia-hpc-panel"
CODE = "493817"


@pytest.fixture(scope="module")
def node() -> Iterator[CodeNode]:
    with asking(("Code: ", CODE)) as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, node: CodeNode) -> Iterator[Alone]:
    home = Home(tmp_path_factory.mktemp("home"))
    home.host("login", node.port)
    systems = home.folder / ".maia" / "systems"
    systems.mkdir(parents=True)
    (systems / "login.yaml").write_text("title: Login node\ncontrol: {host: login}\n")
    with alone(home.folder) as started, pytest.MonkeyPatch.context() as patch:
        yield started
        patch.setenv("MAIA_HPC_RUN", started.environment["MAIA_HPC_RUN"])
        with ThreadPoolExecutor() as beside:  # a browser's own loop runs in this thread
            beside.submit(stop_broker).result()


def test_a_host_seen_for_the_first_time_and_a_code_are_asked_for_in_the_tab_that_needs_them(
    browser: Browser, server: Alone, node: CodeNode
) -> None:
    page = server.open(browser)
    other = page.context.new_page()
    other.goto(f"{server.url}/lab/workspaces/other")
    for each in (page, other):
        each.wait_for_function("window.jupyterapp", timeout=START)
        each.evaluate("async () => { await window.jupyterapp.restored; }")
        execute(each, "maia:hpc-show")
        expect(each.locator(PANEL)).to_contain_text("not connected")
    page.bring_to_front()
    page.locator(PANEL).get_by_role("button", name="Sign in Login node").click()
    trust = page.get_by_role("dialog")
    expect(trust).to_contain_text("Is this really login?")
    expect(trust).to_contain_text(node.key.get_fingerprint())
    expect(trust).to_contain_text("Compare the fingerprint with the one that its operators publish")
    picture(page, "hpc-host-key")
    assert violations(page, ".jp-Dialog") == []
    trust.get_by_role("button", name="It is the same: trust it").click()
    code = page.get_by_role("dialog").get_by_label("Code:")
    expect(code).to_have_attribute("type", "password")
    picture(page, "hpc-code")
    code.fill(CODE)
    code.press("Enter")
    for each in (page, other):
        expect(each.locator(PANEL)).to_contain_text("connected")
        expect(each.locator(PANEL).get_by_role("button", name="Sign in Login node")).to_have_count(0)
        expect(each.locator(".jp-Dialog")).to_have_count(0)
    assert node.answers == [CODE]
    assert CODE not in (Path(server.home) / "lab.log").read_text()
    page.context.close()
