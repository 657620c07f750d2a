"""In a real workspace the extension is on, and its kernels can say what they hold."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platform import Platform


@pytest.fixture(scope="module")
def server(platform: Platform) -> Any:
    platform.start_server("alice")
    headers = {"Authorization": f"token {platform.token('alice')}"}
    with httpx.Client(
        base_url=f"{platform.url}/user/alice", headers=headers, timeout=60, trust_env=False
    ) as client:
        yield client


def test_it_tells_the_page_what_the_server_holds(server: httpx.Client, platform: Platform) -> None:
    answer = server.get("/maia/session").raise_for_status().json()
    assert (answer["user"], answer["server"]) == ("alice", "")
    assert answer["serviceUrlPath"] == "/services/maia"
    assert answer["grant"]["kind"] == "cpu"
    assert platform.token("alice") not in str(answer)


def test_the_lab_page_bears_the_address_of_the_service(server: httpx.Client) -> None:
    page = server.get("/lab").raise_for_status().text
    assert '"maiaServicePath": "/services/maia"' in page
    assert '"maiaUser": "alice"' in page
