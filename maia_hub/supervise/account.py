"""Starting a child: its own session, dying with its parent, and dropped to a user if the parent is root."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """A Unix account to drop to; ``groups`` are its supplementary groups.

    ``home`` is where it begins, entered by the account itself: on a network's file system root may be kept out.
    """

    uid: int
    gid: int
    groups: tuple[int, ...] = ()
    home: str = "/"


def become_subreaper() -> None:
    """Let orphans below this process become its children instead of init's."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def close_to_users() -> None:
    """Let no process of the same user trace this one or write into its memory; its children are not concerned."""
    _prctl(_PR_SET_DUMPABLE, 0)


def end_with_parent(parent: int, number: signal.Signals) -> bool:
    """Have this process sent a signal when its parent dies; False if ``parent`` has died already."""
    _prctl(_PR_SET_PDEATHSIG, number)
    return os.getppid() == parent


def child_setup(account: Account | None, enter: Callable[[], None] | None = None) -> Callable[[], None]:
    """Return what runs in a child between fork and exec.

    ``enter`` runs first, with the parent's rights (it joins a cgroup). The death signal is set last, because a
    change of user clears it (prctl(2)).
    """

    def setup() -> None:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if enter is not None:
            enter()
        if account is not None:
            os.setgroups(account.groups)
            os.setgid(account.gid)
            os.setuid(account.uid)
            os.chdir(account.home)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return setup


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
