"""The clients' methods as a person finds them: in `help`, and by a question mark in a notebook."""

from __future__ import annotations

import pydoc
from inspect import signature

import pytest

from maia_hub.client import AsyncClient, Client


def test_help_lists_the_calls_as_methods_with_their_words() -> None:
    told = pydoc.plain(pydoc.render_doc(Client))
    assert "book(self, /, request: " in told
    assert "Book GPUs." in told
    assert "Method object" not in told


@pytest.mark.parametrize("kind", [Client, AsyncClient], ids=["sync", "async"])
def test_a_question_mark_says_what_a_call_is_given_and_answered(kind: type[Client | AsyncClient]) -> None:
    client = kind("http://127.0.0.1:1", "token")
    told = signature(client.book)
    assert (list(told.parameters), told.return_annotation) == (["request"], "m.BookingModel")
    assert client.book.__name__ == "book"
    with pytest.raises(TypeError, match="request"):
        client.book()  # type: ignore[call-arg]
