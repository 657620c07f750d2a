"""Nodes that a person has written down, in ~/.maia/nodes: a file each, with what signs in there.

What is secret in them is read when something is sent, and goes to that node alone: to no browser, error or log.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from maia_hub.core.errors import MaiaError, NotFound
from maia_lab import privatefiles
from maia_lab.handling import problem
from maia_lab.imaging.nodes import Node

_ALLOWED = "url, with user and password, or token; or host, port and aet"


class _Written(BaseModel):
    """A node's file."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str = ""
    user: str = ""
    password: SecretStr | None = None
    token: SecretStr | None = None
    host: str = ""
    port: int = Field(104, ge=1, le=65535)
    aet: str = ""

    @model_validator(mode="after")
    def _is_one(self) -> _Written:
        if bool(self.url) == bool(self.host):
            raise ValueError("a node has either a url or a host")
        if self.host and not self.aet:
            raise ValueError("a host has an aet, its AE title")
        if self.host and (self.user or self.secret):
            raise ValueError("user, password and token belong to a url: nobody signs in by DIMSE")
        if bool(self.user) != (self.password is not None) or (self.user and self.token is not None):
            raise ValueError("either user and password, or token")
        return self

    @property
    def secret(self) -> bool:
        """Whether somebody could sign in by what stands there."""
        return self.password is not None or self.token is not None

    def node(self) -> Node:
        """Return what is written."""
        if self.host:
            return Node("dimse", host=self.host, port=self.port, aet=self.aet)
        login = (self.user, self.password.get_secret_value()) if self.password else None
        return Node(
            "dicomweb", url=self.url, login=login, token=self.token.get_secret_value() if self.token else None
        )


def folder() -> Path:
    """Return where they are."""
    return Path.home() / ".maia" / "nodes"


def chosen(given: object) -> Node:
    """Return the node that a form names or describes.

    Raises:
        InvalidInput: something is missing or cannot be, or the file must not be used.
        NotFound: there is no such file.
    """
    form: Mapping[str, Any] = given if isinstance(given, dict) else {}
    if form.get("by") != "named":
        return Node.of(form)
    name = str(form.get("name") or "")
    path = next((each for each in privatefiles.files(folder()) if each.stem == name), None)
    if path is None:
        raise NotFound(
            "There is no such node any more.", given=name[:80], advice=f"Nodes are files in {folder()}."
        )
    return read(path)


def views() -> list[dict[str, Any]]:
    """Return what the panel shows of each: its name and where it is, or what is wrong with its file."""
    shown: list[dict[str, Any]] = []
    for path in privatefiles.files(folder()):
        try:
            node = read(path)
        except MaiaError as error:
            shown.append({"name": path.stem, "where": "", "problem": problem(error)})
        else:
            shown.append({"name": path.stem, "where": node.where, "problem": None})
    return shown


def read(path: Path) -> Node:
    """Return the node of a file.

    Raises:
        InvalidInput: it is none, or others may read what is secret in it; nothing of its text is told.
    """
    written = privatefiles.read(path, _Written, lambda each: each.secret, _ALLOWED)
    return written.node()
