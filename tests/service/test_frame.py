"""Signing in without a word, in a real browser: a hidden frame, or a fetch, of the same origin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import chromium, sign_in
from tests.service.conftest import Running
from tests.service.hub import PASSWORD, PREFIX

FRAME = """path => new Promise(done => {
    const frame = document.createElement('iframe');
    frame.hidden = true;
    frame.onload = () => done(frame.contentDocument ? frame.contentDocument.title : 'refused');
    frame.src = path;
    document.body.append(frame);
})"""
FETCH = (
    "async path => (await (await fetch(path, {credentials: 'same-origin'})).text()).match(/<title>(.*?)</)[1]"
)

pytestmark = pytest.mark.browser


@pytest.fixture
def page(service: Running) -> Iterator[Page]:
    """A page of the hub in Chromium; alice has signed in at the hub and nowhere else."""
    with chromium() as browser:
        tab = browser.new_page()
        tab.goto(f"{service.hub.url}/hub/login?next=/hub/home")
        sign_in(tab, "alice", PASSWORD)
        tab.wait_for_url("**/hub/home")
        yield tab


@pytest.mark.parametrize("way", [FRAME, FETCH], ids=["frame", "fetch"])
def test_a_page_of_the_same_origin_signs_in_silently(service: Running, page: Page, way: str) -> None:
    me = f"async () => (await fetch('{service.api}/me')).json()"
    assert page.evaluate(me)["status"] == 401
    assert page.evaluate(way, f"{PREFIX}/login?next={PREFIX}/signed-in") == "Signed in"
    assert page.evaluate(me)["user"] == "alice"


def test_an_event_source_hears_the_state(service: Running, page: Page) -> None:
    page.evaluate(FETCH, f"{PREFIX}/login?next={PREFIX}/signed-in")
    listen = """path => new Promise(done => {
        const source = new EventSource(path);
        source.addEventListener('state', event => { source.close(); done(JSON.parse(event.data).user); });
    })"""
    assert page.evaluate(listen, f"{service.api}/events") == "alice"
