"""A page without an origin in a real Chromium: what it asks of its own tool works, by the script that the door adds."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.door.conftest import PREFIX, Running
from tests.e2e.browser import picture
from tests.platform import eventually

pytestmark = pytest.mark.browser
BASE = f"{PREFIX}/vision/echo"
HEADER = "x-maia-page"


@pytest.fixture
def page(alice: BrowserContext) -> Page:
    """A page of alice with a clock that the test can turn."""
    opened = alice.new_page()
    opened.clock.install()
    return opened


def test_storage_requests_events_and_sockets_work_without_an_origin(page: Page, door: Running) -> None:
    page.goto(f"{door.hub.url}{BASE}/live")
    told = page.locator("#told")
    expect(told).to_contain_text("origin: null")
    expect(told).to_contain_text("stored: 1")
    expect(told).to_contain_text("fetched: /asked")
    expect(told).to_contain_text("xhr: POST")
    expect(told).to_contain_text("message: a\nb #1")
    expect(told).to_contain_text("tick: ö #2")
    expect(told).to_contain_text("open: ''")
    expect(told).to_contain_text("socket: there and back")
    expect(told).to_contain_text("named: 'chat'")
    expect(told).to_contain_text("worker: at work")
    expect(told).to_contain_text("picture: 7")
    expect(told).to_contain_text("no picture")
    assert "cookie" not in told.inner_text()
    picture(page, "tools-live")


REMEMBERS = """() => {
    const make = URL.createObjectURL;
    window.made = [];
    URL.createObjectURL = what => (window.made.push(make.call(URL, what)), window.made.at(-1));
}"""
DRAWS = """([image, address]) => new Promise(later => {
    window[image] ??= new Image();
    window[image].onload = () => later(window[image].src);
    window[image].src = address;
})"""
THERE = "urls => Promise.all(urls.map(url => fetch(url).then(() => true, () => false)))"


def test_what_was_fetched_for_a_picture_or_a_worker_is_let_go(page: Page, door: Running) -> None:
    page.goto(f"{door.hub.url}{BASE}/live")
    expect(page.locator("#told")).to_contain_text("picture: 7")
    page.evaluate(REMEMBERS)
    first = page.evaluate(DRAWS, ["one", "picture?1"])
    assert page.evaluate(THERE, [first]) == [True]
    second, other = page.evaluate(DRAWS, ["one", "picture?2"]), page.evaluate(DRAWS, ["two", "picture?3"])
    assert page.evaluate(THERE, [first, second, other]) == [False, True, True]
    page.evaluate("() => { window.one.src = 'data:,'; }")
    worker = "() => new Promise(later => { new Worker('static/worker.js').onmessage = e => later(e.data); })"
    assert page.evaluate(worker) == "at work"
    made = page.evaluate("window.made")
    assert made[:3] == [first, second, other]
    assert page.evaluate(THERE, made) == [False, False, True, False]


def test_a_stream_of_events_that_was_cut_goes_on_where_it_was(page: Page, door: Running) -> None:
    page.goto(f"{door.hub.url}{BASE}/live")
    told = page.locator("#told")
    expect(told).to_contain_text("cut")
    page.clock.fast_forward(3100)
    expect(told).to_contain_text("message: a\nb #3")
    expect(told).to_contain_text("tick: ö #4")


def test_a_page_that_names_another_path_as_its_own_goes_there(page: Page, door: Running) -> None:
    page.goto(f"{door.hub.url}{BASE}/live")
    page.evaluate("history.pushState(null, '', '#here')")
    expect(page.locator("#told")).to_contain_text("fetched: /asked")
    page.evaluate("history.pushState(null, '', 'elsewhere?a=1')")
    page.wait_for_url(f"**{BASE}/elsewhere?a=1")
    expect(page.locator("body")).to_contain_text('"path": "/elsewhere?a=1"')


def test_a_page_in_a_frame_asks_who_shows_it_to_go_elsewhere(page: Page, door: Running) -> None:
    shows = f"""<!doctype html><iframe title=tool sandbox="allow-scripts" src="{BASE}/live"></iframe>
        <script>onmessage = event => {{ document.title = event.data["maia.page"]; }}</script>"""
    page.route("**/hub/shows", lambda route: route.fulfill(body=shows, content_type="text/html"))
    page.goto(f"{door.hub.url}/hub/shows")
    inside = page.frame_locator("iframe[title=tool]")
    inside.get_by_role("link", name="Further").click()
    expect(page).to_have_title(re.compile(f"{BASE}/further$"))
    inside.locator("body").evaluate("() => history.replaceState(null, '', 'elsewhere')")
    expect(page).to_have_title(re.compile(f"{BASE}/elsewhere$"))
    expect(inside.locator("#told")).to_be_attached()


def test_a_page_renews_its_key_and_asks_with_the_new_one(page: Page, door: Running) -> None:
    asked: list[Request] = []

    def keep(request: Request) -> None:
        asked.append(request)

    page.on("request", keep)

    def shown(path: str) -> list[str]:
        found = [each for each in asked if each.url.endswith(path) and each.method != "OPTIONS"]
        return [each.headers[HEADER] for each in found if HEADER in each.headers]

    page.goto(f"{door.hub.url}{BASE}/live")
    expect(page.locator("#told")).to_contain_text("fetched: /asked")
    (first,) = shown("/asked")
    page.wait_for_timeout(1100)  # a key says until which second it is good
    with page.expect_response("**/.maia/key") as renewed:
        page.clock.fast_forward(4 * 60 * 1000 + 100)
    assert renewed.value.status == 200
    assert shown("/.maia/key") == [first]
    fresh = renewed.value.json()["key"]
    assert fresh != first

    def asks_anew() -> bool:
        page.evaluate("fetch('again').then(answer => answer.text())")
        return bool(shown("/again")[-1] == fresh)

    eventually(asks_anew, "the new key is shown")
