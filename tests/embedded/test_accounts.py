from __future__ import annotations

from collections.abc import Callable

import pytest
from jupyterhub.auth import Authenticator
from tornado.web import HTTPError

from maia_hub.core.errors import InvalidInput
from maia_hub.embedded.accounts import complete, generate_password
from maia_hub.embedded.passwords import GeneratedPasswords
from maia_hub.embedded.settings import Account


def test_passwords_differ_and_are_easy_to_type() -> None:
    some = {generate_password() for _ in range(100)}
    assert len(some) == 100
    assert all(len(p) == 19 and not set(p) & set("0ol1 ") for p in some)


def test_who_has_an_account_keeps_the_password() -> None:
    before = [Account(name="alice", password="as it was")]
    after = {a.name: a for a in complete(before, ["alice", "bob"], ["admin"])}
    assert after["alice"].password == "as it was"
    assert after["bob"].password
    assert [a.name for a in after.values() if a.admin] == ["admin"]


@pytest.mark.parametrize("name", ["", "Alice", "al ice", "../root", "-x", "a" * 33, "éva"])
def test_a_name_that_cannot_be_a_user_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="user name"):
        complete([], [name], [])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "password", "signed_in"),
    [
        ("alice", "right", "alice"),
        ("Alice", "right", "alice"),
        ("alice", "wrong", None),
        ("alice", "", None),
        ("nobody", "", None),
        ("nobody", "right", None),
        ("alice", "pässword", None),
    ],
)
async def test_only_the_right_password_signs_in(name: str, password: str, signed_in: str | None) -> None:
    make: Callable[..., Authenticator] = GeneratedPasswords
    accounts = make(passwords={"alice": "right"}, allowed_users={"alice"})
    assert await accounts.authenticate(None, {"username": name, "password": password}) == signed_in


@pytest.mark.asyncio
@pytest.mark.parametrize("field", ["username", "password"])
async def test_a_sign_in_without_one_of_its_fields_is_bad_input(field: str) -> None:
    make: Callable[..., Authenticator] = GeneratedPasswords
    with pytest.raises(HTTPError) as caught:
        await make(passwords={"alice": "right"}).authenticate(None, {field: "alice"})
    assert caught.value.status_code == 400
