"""``gate central status``: these visitors are black (or no longer) now, at every connected gate."""

from __future__ import annotations

import argparse
from typing import Any

from gate.cli import statuslist
from gate.cli.arguments import plain_errors
from gate.cli.publish_options import add_desk, completed, needed


def add_to(commands: Any) -> None:
    """Add ``status``."""
    parser = commands.add_parser(
        "status",
        help="turn visitors black, or back, at every connected gate now",
        description="Writes the next signed change of the desk's status list and publishes it with all before it. "
        "Without a change, publishes those again. VALUE is a number, or one of: " + ", ".join(statuslist.NAMES) + ".",
        epilog="Exit code 0: published; 2: no gate would take it, or wrong usage; 3: the broker cannot be reached, or "
        "refuses: the change is kept, and published by the next `gate central status`.",
    )
    add_desk(parser)
    parser.add_argument("changes", metavar="INDEX=VALUE", type=statuslist.change, nargs="*")
    parser.set_defaults(func=run)


@plain_errors("gate central status")
def run(args: argparse.Namespace) -> int:
    """Change and publish."""
    given = completed(args).status
    args.out = needed(None, given.file, "a list", "status.file")
    args.key = needed(None, given.key, "a key", "status.key")
    args.name, args.publish = given.name or None, True
    return statuslist.set_delta(args)
