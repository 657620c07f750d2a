"""``python -m maia_hub.supervise --session-file F --state-file S [--uid U --gid G --groups G,…] -- COMMAND``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from maia_hub.supervise.account import Account
from maia_hub.supervise.supervisor import Supervisor


def main() -> int:
    """Run the command under its session file; exit with its status, 3 if its end is not known."""
    parser = argparse.ArgumentParser(description="Run a server and keep its end.")
    parser.add_argument("--session-file", type=Path, required=True, help="where the end is written")
    parser.add_argument("--state-file", type=Path, required=True, help="where to write who runs")
    parser.add_argument("--uid", type=int, help="drop the server to this user")
    parser.add_argument("--gid", type=int, help="and this group")
    parser.add_argument("--groups", default="", help="and these supplementary groups, by number")
    parser.add_argument("command", nargs="+", help="the server")
    given = parser.parse_args()
    account = None
    if given.uid is not None:
        groups = tuple(int(g) for g in given.groups.split(",") if g)
        account = Account(given.uid, given.gid if given.gid is not None else given.uid, groups)
    try:
        supervisor = Supervisor(given.session_file, given.state_file, given.command, account)
    except (OSError, ValueError) as e:
        print(f"no start without a known end: {e}", file=sys.stderr)
        return 3
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main())
