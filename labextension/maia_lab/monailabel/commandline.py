"""How the line after ``%monailabel`` is read: pure, and every mistake is an error that says what to write."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from maia_hub.core.errors import InvalidInput
from maia_lab.words import names, split

HELP = """\
%monailabel start --images ~/scans --models segmentation_spleen
                                      start the app for radiology on a folder, or an address of DICOMweb
                                      (--app FOLDER: a MONAI bundle, or an app of your own  --token-file FILE
                                      --weights: fetch trained ones  --device cuda|cpu|any  --name NAME
                                      --or-cpu: go on without a GPU when the booking ends)
%monailabel                           list the servers that were started here, and how each fares
%monailabel stop NAME                 stop one; a training saves first
%monailabel logs NAME                 the end of its log (--lines 200)
"""
OPTIONS = {
    "start": ["--images", "--models", "--app", "--token-file", "--weights", "--device", "--or-cpu", "--name"],
    "logs": ["--lines"],
}
COMMANDS = ("start", "ls", "stop", "logs", "help")


class _Parser(argparse.ArgumentParser):
    """Raises instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise InvalidInput(
            f"%monailabel: {message}.", allowed=", ".join(COMMANDS), advice="See: %monailabel help"
        )


def _build() -> argparse.ArgumentParser:
    parser = _Parser(prog="%monailabel", add_help=False, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", parser_class=_Parser)
    start = commands.add_parser("start", add_help=False, allow_abbrev=False)
    start.add_argument("--images", required=True)
    start.add_argument("--models", nargs="+", default=[])
    start.add_argument("--app", default="radiology")
    start.add_argument("--token-file", type=Path, dest="token")
    start.add_argument("--device", default="any")
    start.add_argument("--name")
    for flag in ("--weights", "--or-cpu"):
        start.add_argument(flag, action="store_true")
    commands.add_parser("stop", add_help=False).add_argument("name")
    logs = commands.add_parser("logs", add_help=False, allow_abbrev=False)
    logs.add_argument("name")
    logs.add_argument("--lines", type=int, default=50)
    for name in ("ls", "help"):
        commands.add_parser(name, add_help=False)
    return parser


_PARSER = _build()


def parse(line: str) -> argparse.Namespace:
    """Read the line; nothing means ``ls``. Models may have spaces or commas between them."""
    found = _PARSER.parse_args(split(line) or ["ls"])
    if found.command == "start":
        found.models = names(found.models)
    return found
