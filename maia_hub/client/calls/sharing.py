"""MONAI Labels that are shared: give, list and take back; the word of a workspace, and where the door leads a guest."""

from __future__ import annotations

from uuid import UUID

from pydantic import TypeAdapter

from maia_hub.client import models as m
from maia_hub.client.calls.call import NOTHING, Call, query

_SHARES = "monailabel-shares"


def tool_shares() -> Call[list[m.ToolShareModel]]:
    """Ask what I share and what is shared with me now."""
    return Call("GET", _SHARES, TypeAdapter(list[m.ToolShareModel]))


def share_tool(request: m.ToolShareRequest) -> Call[m.ToolShareModel]:
    """Let a colleague use a MONAI Label of mine, and nothing else; one that stands gets the new end."""
    return Call("POST", _SHARES, TypeAdapter(m.ToolShareModel), body=request)


def take_back_tool(share: UUID) -> Call[None]:
    """End a share of mine, or one with me."""
    return Call("DELETE", f"{_SHARES}/{share}", NOTHING)


def tell_word(request: m.ToolWord) -> Call[None]:
    """Tell the word that my workspace wants to hear from the door."""
    return Call("PUT", f"{_SHARES}/word", NOTHING, body=request)


def lead_guest(share: UUID, guest: str) -> Call[m.ToolLead]:
    """Ask where a guest is to be led, and by which word (the door to the tools alone)."""
    return Call("GET", f"door/{_SHARES}/{share}", TypeAdapter(m.ToolLead), query(guest=guest))
