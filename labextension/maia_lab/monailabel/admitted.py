"""What of MONAI Label is behind the door, and for whom.

The roles are MONAI Label 0.8.5's own (``monailabel/config.py``), and what each may do is what it asks them for
(``monailabel/endpoints``); whoever the server belongs to is its administrator. Never admitted: its own proxy to the
images, which drops query strings and signs in as the server, reloading, and the pages that describe its API.
"""

from __future__ import annotations

import re
from enum import Enum


class Role(Enum):
    """Who somebody is to a server."""

    ADMIN = "monailabel-admin"
    ANNOTATOR = "monailabel-annotator"
    """Looks, infers and labels, but removes, trains and replaces nothing."""
    GUEST = "monailabel-user"
    """Somebody else, with whom this server alone is shared: an annotator who brings no images."""


_READ = ("GET", "HEAD")
_NAME = r"[^/]+"
_ANNOTATOR = {
    r"info/": _READ,
    rf"infer/{_NAME}": ("POST",),
    rf"infer/wsi(_v2)?/{_NAME}": ("POST",),
    r"batch/infer": _READ,
    r"train/": _READ,
    r"scoring/": _READ,
    rf"activelearning/{_NAME}": ("POST",),
    r"datastore/": (*_READ, "PUT"),
    r"datastore/(image|label)(/info)?": (*_READ, "PUT"),
    r"datastore/updatelabelinfo": ("PUT",),
    r"session/": ("PUT",),
    rf"session/{_NAME}": ("GET", "DELETE"),
    r"ohif/.*": _READ,
    r"images/(studies|series|instances)(/[\w.-]+)*": _READ,
}
_GUEST = {
    r"info/": _READ,
    rf"infer/{_NAME}": ("POST",),
    r"batch/infer": _READ,
    r"train/": _READ,
    r"scoring/": _READ,
    rf"activelearning/{_NAME}": ("POST",),
    r"datastore/": _READ,
    r"datastore/image(/info)?": _READ,
    r"datastore/label": (*_READ, "PUT"),
    r"datastore/label/info": _READ,
    r"ohif/.*": _READ,
}
"""An image that is added, or a session, is written where its name says, or unpacked; what is said of a label may be
somebody else's."""
_ADMIN = {
    rf"batch/infer(/{_NAME})?": ("POST", "DELETE"),
    rf"train/({_NAME})?": ("POST", "DELETE"),
    rf"scoring/({_NAME})?": ("POST", "DELETE"),
    r"datastore/(image|label)?": ("DELETE",),
    r"datastore/dataset": _READ,
    rf"model/(info/)?{_NAME}": (*_READ, "PUT", "DELETE"),
    r"logs/(gpu)?": _READ,
}


_TABLES = {Role.ADMIN: (_ANNOTATOR, _ADMIN), Role.ANNOTATOR: (_ANNOTATOR,), Role.GUEST: (_GUEST,)}


def known(path: str) -> bool:
    """Tell whether there is anything behind the door at a path, which begins without a slash."""
    return not _climbs(path) and any(re.fullmatch(each, path) for each in {**_ANNOTATOR, **_ADMIN})


def admitted(method: str, path: str, role: Role) -> bool:
    """Tell whether somebody may ask that."""
    rules = (rule for table in _TABLES[role] for rule in table.items())
    return known(path) and any(method in methods and re.fullmatch(each, path) for each, methods in rules)


def _climbs(path: str) -> bool:
    """Tell whether a path, encoded or not, leads out of where it seems to be."""
    return bool(re.search(r"(^|/|%2f|\\|%5c)(\.|%2e){1,2}($|/|%2f|\\|%5c)", path, re.IGNORECASE))
