"""A service account belongs to the one user whom its name says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.accounts import account_of, user_of
from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import UserName

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


@pytest.mark.parametrize(
    ("user", "account"),
    [
        ("alice", "maia-user-alice"),
        ("alice@uni.se", "maia-user-alice-40uni-2ese"),
        ("Alice", "maia-user--41lice"),
        ("a-b", "maia-user-a-2db"),
        ("zoë", "maia-user-zo-c3-ab"),
    ],
)
def test_a_name_is_written_and_read_back(user: str, account: str) -> None:
    assert account_of(UserName(user)) == account
    assert user_of(account) == user


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_no_two_users_share_an_account(user: str) -> None:
    account = account_of(UserName(user))
    assert user_of(account) == user
    assert NAME.fullmatch(account)


@pytest.mark.parametrize(
    "account",
    [
        "default",
        "maia-user-",
        "maia-user-Alice",
        "maia-user-a-4",
        "maia-user--61lice",
        "maia-user--c3",
        "user-alice",
    ],
)
def test_another_account_belongs_to_nobody(account: str) -> None:
    assert user_of(account) is None


@pytest.mark.parametrize("user", ["", "é" * 60])
def test_a_name_that_fits_into_no_account_is_refused(user: str) -> None:
    with pytest.raises(InvalidInput, match="no name of a service account"):
        account_of(UserName(user))
