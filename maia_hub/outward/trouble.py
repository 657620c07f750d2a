"""Why something was not sent."""

from __future__ import annotations


class Refused(Exception):
    """The other side will never take this message: no such address, or one that it does not accept."""


class Unreachable(Exception):
    """The other side does not take anything now, or does not take this now: it is worth trying again."""
