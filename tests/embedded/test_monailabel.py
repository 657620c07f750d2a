"""The door to a MONAI Label under a real hub: who is let in by cookie, token and password, and who is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from maia_hub.core import sessionfile
from maia_hub.monailabel import ohif, process, server
from maia_hub.monailabel.state import Folder, Known, Wish
from tests.monailabel import small
from tests.platform import Platform, eventually

NAME = "spleen"
DOOR = f"/user/alice/maia/monailabel/{NAME}"


@pytest.fixture(scope="module")
def alices(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform on which alice's workspace has a small server in MONAI Label's place."""
    platform.start_server("alice")
    with served(platform, "alice", tmp_path_factory.mktemp("small")):
        yield platform


@contextmanager
def served(platform: Platform, user: str, folder: Path) -> Iterator[Known]:
    """Start a small server as somebody does in a terminal of her workspace."""
    environment = small.environment(folder / "environment")
    (folder / "app").mkdir()
    (folder / "app" / "main.py").write_text(small.APP)
    workspace = platform.environment(user)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", sessionfile.MARK):
            patch.setenv(name, workspace[name])
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setattr(ohif, "PINNED", small.pinned(environment))
        settings = {"use_pretrained_model": "false"}
        wish = Wish(str(folder / "app"), settings, str(folder), device="cpu", base=f"{DOOR}/open")
        server.start(environment, NAME, wish)
        known = Folder(NAME).known()
        assert known is not None
        yield known
        process.end(known.process, Folder(NAME))


def asked(platform: Platform, method: str, path: str, **more: object) -> httpx.Response:
    return httpx.request(method, f"{platform.url}{DOOR}/{path}", timeout=60, trust_env=False, **more)  # type: ignore[arg-type]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_tokens_of_her_own_let_in_and_those_of_others_do_not(alices: Platform) -> None:
    assert asked(alices, "GET", "open/info/", headers=bearer(alices.token("alice"))).status_code == 200
    for headers in (bearer(alices.token("bob")), bearer("nobodys"), {}):
        assert asked(alices, "GET", "open/info/", headers=headers).status_code in (401, 403)
        assert asked(alices, "POST", "password", headers=headers).status_code == 403
        assert asked(alices, "PUT", "open/datastore/label?image=1", headers=headers).status_code in (401, 403)


def test_a_program_comes_with_a_password_and_reaches_nothing_else_with_its_token(alices: Platform) -> None:
    made = asked(alices, "POST", "password", headers=bearer(alices.token("alice")), json={}).json()
    form = {"username": made["user"], "password": made["password"]}
    shown = asked(alices, "POST", "open/auth/token", data=form).raise_for_status().json()["access_token"]
    assert asked(alices, "GET", "open/info/", headers=bearer(shown)).status_code == 200
    for path in ("api/contents", "api/kernels", "api/terminals", f"maia/monailabel/{NAME}/password"):
        method = "POST" if path.endswith("password") else "GET"
        answer = httpx.request(
            method, f"{alices.url}/user/alice/{path}", headers=bearer(shown), trust_env=False
        )
        assert answer.status_code == 403


def test_a_browser_is_led_to_the_sign_in_and_its_cookie_counts_for_this_origin(alices: Platform) -> None:
    html = {"Accept": "text/html"}
    led = asked(alices, "GET", "open/ohif/", headers=html)
    assert led.status_code == 302
    with closing(alices.session("alice")) as browser:
        page = browser.get(f"{DOOR}/open/ohif/", headers=html)
        assert page.status_code == 200
        assert f"{DOOR}/open/ohif/app-config.js" in page.text
        own = {"Origin": alices.url, "Sec-Fetch-Site": "same-origin"}
        assert browser.post(f"{DOOR}/open/activelearning/random", headers=own, json={}).status_code != 403
        foreign = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
        assert browser.post(f"{DOOR}/open/activelearning/random", headers=foreign, json={}).status_code == 403
    with closing(alices.session("bob")) as browser:
        assert browser.get(f"{DOOR}/open/ohif/", headers=html).status_code == 403


def test_it_ends_with_the_session_that_it_was_started_in(platform: Platform, tmp_path: Path) -> None:
    platform.book("bob", 30)
    platform.start_server("bob", "booked")
    with served(platform, "bob", tmp_path) as known:
        assert process.runs(known.process)
        assert platform.held("bob")
        eventually(lambda: not platform.held("bob"), "the session has ended", 90)
        eventually(lambda: not process.runs(known.process), "its MONAI Label has ended")
