"""The portal's page of notices: without and with a mail server, for every eye."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import go_to, open_portal, picture, violations
from tests.outward.post import Post, text_of
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with Post(tmp_path_factory.mktemp("post")).open() as opened:
        yield opened


@pytest.fixture(scope="module")
def mailing(tmp_path_factory: pytest.TempPathFactory, post: Post) -> Iterator[Platform]:
    made = Platform(tmp_path_factory.mktemp("mailing") / "data")
    made.data.mkdir()
    settings = {
        "mail": json.loads(post.settings().model_dump_json()),
        "webhook_hosts": ["chat.example.org"],
    }
    (made.data / "settings.json").write_text(json.dumps(settings))
    made.start()
    yield made
    made.stop()


def test_an_address_is_given_confirmed_and_tried_and_a_choice_stays(
    browser: Browser, mailing: Platform, post: Post
) -> None:
    page = open_portal(browser, mailing, "alice")
    go_to(page, "Notices")
    page.get_by_label("Your e-mail address").fill("alice@example.org")
    page.get_by_role("button", name="Send a code there").click()
    eventually(lambda: post.came, "the code comes")
    page.get_by_label("The code that came to alice@example.org").fill(text_of(post.came[0]).split()[0])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("region", name="Where")).to_contain_text("You are told at alice@example.org")
    page.get_by_role("button", name="Send me a test").click()
    eventually(lambda: len(post.came) == 2, "the test comes")
    page.get_by_label("Webhook of a channel").fill(
        "https://chat.example.org/hooks/abcdefghijklmnopqrstuvwx01"
    )
    page.get_by_role("button", name="Tell me there").click()
    expect(page.get_by_text("https://chat.example.org/…")).to_be_visible()
    page.get_by_role("button", name="No more there").click()
    expect(page.get_by_text("https://chat.example.org/…")).to_have_count(0)
    page.get_by_label("You booked, moved or extended").check()
    page.get_by_label("Before an end").select_option(label="1 h")
    expect(page.get_by_label("Times in")).to_have_value("Europe/Stockholm")
    picture(page, "portal-notices")
    page.reload()
    expect(page.get_by_label("You booked, moved or extended")).to_be_checked()
    expect(page.get_by_label("Before an end")).to_have_value("3600")
    assert violations(page) == []
    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_label("Your e-mail address")).to_be_visible()
    page.context.close()


def test_a_phone_shows_the_whole_page(browser: Browser, mailing: Platform) -> None:
    page = open_portal(browser, mailing, "bob", viewport={"width": 390, "height": 900})
    go_to(page, "Notices")
    expect(page.get_by_role("region", name="What and when")).to_be_visible()
    picture(page, "portal-notices-390")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_a_hub_without_a_mail_server_says_so_and_offers_nothing(browser: Browser, platform: Platform) -> None:
    page = open_portal(browser, platform, "alice")
    go_to(page, "Notices")
    expect(page.get_by_role("region", name="Where")).to_contain_text("This hub sends no e-mail")
    expect(page.get_by_label("Your e-mail address")).to_have_count(0)
    choices = page.get_by_role("region", name="What and when")
    expect(choices.get_by_role("checkbox").first).to_be_disabled()
    for what in ("Before an end", "Times in"):
        expect(choices.get_by_label(what)).to_be_disabled()
    picture(page, "portal-notices-none")
    assert violations(page) == []
    page.context.close()
