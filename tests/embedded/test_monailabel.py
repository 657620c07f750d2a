"""The door to a MONAI Label under a real hub: who is let in by cookie, token and password, and who is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image

from maia_hub.client.models import ToolShareModel, ToolShareRequest
from maia_hub.core import sessionfile
from maia_hub.monailabel import ohif, process, server
from maia_hub.monailabel.state import Folder, Known, Wish
from tests.monailabel import small
from tests.platform import Platform, eventually

NAME = "spleen"
DOOR = f"/user/alice/maia/monailabel/{NAME}"
NOWHERE = "http://127.0.0.1:9/dicom-web"
"""Labels wait for it for ever."""


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
        app, base = str(folder / "app"), f"{DOOR}/open"
        wish = Wish(app, settings, NOWHERE, modalities=("CT",), device="cpu", base=base)
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


@contextmanager
def shared(platform: Platform, tool: str) -> Iterator[ToolShareModel]:
    """Let alice share a MONAI Label with bob for a while."""
    until = datetime.now(timezone.utc) + timedelta(hours=1)
    with platform.client("alice") as alice:
        made = alice.share_tool(ToolShareRequest(tool=tool, guest="bob", until=until))
        yield made
        if made in alice.tool_shares():
            alice.take_back_tool(made.id)


def led(
    platform: Platform,
    share: ToolShareModel,
    path: str,
    method: str = "GET",
    *,
    who: str = "bob",
    **more: Any,
) -> httpx.Response:
    """Ask for something that is shared, as a program of somebody's does."""
    address = f"{platform.url}/services/maia-tools/shared/{share.id}/{path}"
    headers = bearer(platform.token(who))
    return httpx.request(method, address, headers=headers, timeout=60, trust_env=False, **more)


def test_its_owner_shares_it_by_routes_of_her_workspace_and_takes_it_back(alices: Platform) -> None:
    owner, guest = bearer(alices.token("alice")), bearer(alices.token("bob"))
    until = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    made = asked(alices, "POST", "shares", headers=owner, json={"guest": "bob", "until": until})
    assert (made.status_code, made.json()["guest"], made.json()["tool"]) == (201, "bob", NAME), made.text
    assert asked(alices, "GET", "shares", headers=owner).json() == {"shares": [made.json()]}
    page = urljoin(alices.url, f"{made.json()['page']}info/")
    assert httpx.get(page, headers=guest, timeout=60, trust_env=False).status_code == 200
    path = f"shares/{made.json()['id']}"
    assert asked(alices, "DELETE", path, headers=owner).status_code == 204
    assert httpx.get(page, headers=guest, timeout=60, trust_env=False).status_code == 403
    assert asked(alices, "DELETE", path, headers=owner).status_code == 404
    stranger = {"guest": "nobody", "until": until}
    refused = asked(alices, "POST", "shares", headers=owner, json=stranger)
    assert (refused.status_code, "Nobody called" in refused.json()["detail"]) == (403, True)
    assert asked(alices, "GET", "shares", headers=owner).json() == {"shares": []}


def test_a_guest_reaches_this_monai_label_and_no_other(alices: Platform) -> None:
    with shared(alices, NAME) as share:
        eventually(lambda: led(alices, share, "info/").status_code == 200, "the guest is led")
        assert led(alices, share, "info/", who="alice").status_code == 404
        assert led(alices, share, "train/", "POST").status_code == 403
        for path, status in (
            ("api/contents", 404),
            ("..%2f..%2fapi/contents", 422),
            ("proxy/dicom/", 404),
            ("proxy/8888/", 404),
            ("docs", 404),
        ):
            assert (led(alices, share, path).status_code, path) == (status, path)
        knocks = {"X-Maia-Guest": "bob", "X-Maia-Word": "none"}
        assert asked(alices, "GET", "open/info/", headers=knocks).status_code == 401
    with shared(alices, "another") as share:  # which alice has not, or not in this server
        assert led(alices, share, "info/").status_code == 503
        assert led(alices, share, f"..%2f{NAME}/open/info/").status_code == 422


def test_a_guest_reaches_nothing_else_of_its_owners_workspace(alices: Platform) -> None:
    own = f"{alices.url}/user/alice"
    closed = ("api/contents", "api/kernels", "api/terminals", f"maia/monailabel/{NAME}/shares")
    shown = {"X-Maia-Guest": "bob", "X-Maia-Word": "w" * 43}
    with shared(alices, NAME), closing(alices.session("bob")) as browser:
        for path in closed:
            assert (browser.get(f"{own}/{path}", headers=shown).status_code, path) == (403, path)
        page = browser.get(f"{own}/lab", headers=shown)
        assert (page.status_code, page.history[0].status_code) == (
            403,
            302,
        )  # the hub is asked, and lets none in
        assert page.url.path == "/hub/api/oauth2/authorize"
        shown |= bearer(alices.token("bob"))
        for path in (*closed, "lab"):
            answer = httpx.get(f"{own}/{path}", headers=shown, timeout=60, trust_env=False)
            assert (answer.status_code, path) == (403, path)
        ports = httpx.get(f"{own}/proxy/8888", headers=shown, timeout=60, trust_env=False)
        assert ports.status_code == 404  # there is no way to them at all


def test_a_guest_names_no_files(alices: Platform) -> None:
    named = {"params": '{"image": "/etc/passwd"}'}
    with shared(alices, NAME) as share:
        assert led(alices, share, "infer/spleen?image=1.2.3", "POST").status_code == 200
        assert led(alices, share, "infer/spleen?image=%2Fetc%2Fpasswd", "POST").status_code == 403
        answer = led(alices, share, "infer/spleen?image=1.2.3", "POST", data=named)
        assert (answer.status_code, "names images by their ids" in answer.text) == (403, True)
        brought = {"file": ("a.nii.gz", b"x" * 2**20)}
        assert led(alices, share, "infer/spleen?image=1.2.3", "POST", files=brought).status_code == 403
    owner = bearer(alices.token("alice"))
    answer = asked(alices, "POST", "open/infer/spleen?image=1", headers=owner, data=named)
    assert answer.json()["params"] == named["params"]


def test_a_guests_label_is_signed_with_her_name(alices: Platform) -> None:
    mask = {"label": ("a.nii", Nifti1Image(np.ones((2, 2, 2), np.uint8), np.eye(4)).to_bytes())}
    said = {"params": '{"label_info": [{"name": "spleen", "idx": 1}], "person": "alice"}'}
    owner = bearer(alices.token("alice"))
    with shared(alices, NAME) as share:
        answer = led(alices, share, "datastore/label?image=1.2.3", "PUT", files=mask, data=said)
        assert answer.status_code == 200, answer.text
        (kept,) = asked(alices, "GET", "labels", headers=owner).json()["waiting"]
        assert (kept["author"], kept["image"], kept["uid"]) == ("bob", "1.2.3", answer.json()["version"])
        asked(alices, "DELETE", f"labels/{kept['uid']}", headers=owner).raise_for_status()


def test_a_guests_page_is_the_doors_own_and_programs_that_are_not_known_are_not_passed_on(
    alices: Platform,
) -> None:
    html = {"Accept": "text/html"}
    with shared(alices, NAME) as share, closing(alices.session("bob")) as browser:
        base = f"/services/maia-tools/shared/{share.id}"
        eventually(lambda: browser.get(base, headers=html).status_code == 200, "the word is told")
        page = browser.get(base, headers=html)
        assert (page.status_code, page.url.path) == (200, f"{base}/ohif/")
        assert f'src="{base}/ohif/app-config.js"' in page.text
        assert "sandbox" not in page.headers["content-security-policy"]
        assert browser.get(f"{base}/ohif/app-config.js").headers["content-type"].startswith("text/javascript")
        assert browser.get(f"{base}/ohif/app.bundle.1.js").status_code == 403
        assert browser.get(f"{base}/auth/").json()["enabled"] is False
        assert browser.get(f"{base}/info/").headers["content-security-policy"].startswith("sandbox")
        with alices.client("alice") as alice:
            alice.take_back_tool(share.id)
        refused = browser.get(f"{base}/ohif/", headers=html)
        assert (refused.status_code, "does not share “spleen” with you any more" in refused.text) == (
            403,
            True,
        )
        assert led(alices, share, "info/").status_code == 403


def test_what_is_shared_survives_the_restart_of_its_owners_workspace(
    alices: Platform, tmp_path: Path
) -> None:
    html = {"Accept": "text/html"}
    with shared(alices, NAME) as share, closing(alices.session("bob")) as browser:
        base = f"/services/maia-tools/shared/{share.id}/ohif/"
        eventually(lambda: browser.get(base, headers=html).status_code == 200, "the word is told")
        alices.stop_server("alice")
        gone = browser.get(base, headers=html)
        assert gone.status_code == 503
        assert "alice&#x27;s workspace" in gone.text
        assert 'http-equiv="refresh"' in gone.text
        assert led(alices, share, "info/").headers["retry-after"] == "3"
        alices.start_server("alice")
        with served(alices, "alice", tmp_path):
            eventually(lambda: browser.get(base, headers=html).status_code == 200, "the guest is led again")
            eventually(lambda: led(alices, share, "info/").status_code == 200, "and so are programs")


def test_it_ends_with_the_session_that_it_was_started_in(platform: Platform, tmp_path: Path) -> None:
    platform.book("bob", 30)
    platform.start_server("bob", "booked")
    with served(platform, "bob", tmp_path) as known:
        assert process.runs(known.process)
        assert platform.held("bob")
        eventually(lambda: not platform.held("bob"), "the session has ended", 90)
        eventually(lambda: not process.runs(known.process), "its MONAI Label has ended")
