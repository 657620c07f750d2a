"""``maia-supervise [--session-file F --state-file S --uid U --gid G --groups G,… --home H] -- COMMAND``.

In a container it is the entry point: the environment names the session file, and where it names none there is no end
to keep, so that the command runs alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from subprocess import SubprocessError

from maia_hub.core.sessionfile import ENV
from maia_hub.supervise.account import Account
from maia_hub.supervise.supervisor import Supervisor


def main() -> int:
    """Run the command under its session file; exit with its status, 3 without a known end, 127 if it cannot be run."""
    parser = argparse.ArgumentParser(description="Run a server and keep its end.")
    parser.add_argument(
        "--session-file", type=Path, default=os.environ.get(ENV) or None, help="where the end is written"
    )
    parser.add_argument("--state-file", type=Path, help="where to write who runs")
    parser.add_argument("--uid", type=int, help="drop the server to this user")
    parser.add_argument("--gid", type=int, help="and this group")
    parser.add_argument("--groups", default="", help="and these supplementary groups, by number")
    parser.add_argument("--home", default="/", help="and let it begin there")
    parser.add_argument("command", nargs="+", help="the server")
    given = parser.parse_args()
    if given.session_file is None:
        return _alone(given.command)
    account = None
    if given.uid is not None:
        groups = tuple(int(g) for g in given.groups.split(",") if g)
        account = Account(given.uid, given.gid if given.gid is not None else given.uid, groups, given.home)
    try:
        supervisor = Supervisor(given.session_file, given.state_file, given.command, account)
    except (OSError, ValueError) as e:
        print(f"no start without a known end: {e}", file=sys.stderr)
        return 3
    try:
        return supervisor.run()
    except (OSError, SubprocessError) as e:
        print(f"the server could not be run: {e}", file=sys.stderr)
        return 127


def _alone(command: list[str]) -> int:
    try:
        os.execvp(command[0], command)  # noqa: S606 - the server itself, without a shell
    except OSError as e:
        print(f"{command[0]}: {e.strerror}", file=sys.stderr)
        return 127


if __name__ == "__main__":
    sys.exit(main())
