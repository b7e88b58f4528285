"""``gate central check-config`` and ``show-config``: whether the configuration is right, and what can be in it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gate.central.config import ConfigErrors, example, load
from gate.cli.central_run import USUAL_FILE


def add_to(commands: Any) -> None:
    """Add both."""
    check = commands.add_parser(
        "check-config",
        help="say whether a configuration is right, and everything that is wrong with it",
        description='Prints "ok" and exits 0, or prints every problem on a line of its own and exits 1.',
    )
    check.add_argument("file", metavar="FILE", type=Path, nargs="?", default=USUAL_FILE, help="default: %(default)s")
    check.set_defaults(func=run_check)
    show = commands.add_parser("show-config", help="print an example that explains every key, with its default")
    show.set_defaults(func=run_show)


def run_check(args: argparse.Namespace) -> int:
    """Exit code 0 when the file can be used, 1 when not."""
    try:
        load(args.file)
    except ConfigErrors as errors:
        print(errors, file=sys.stderr)
        return 1
    print("ok")
    return 0


def run_show(_: argparse.Namespace) -> int:
    """Print the text of ``config/central.toml``."""
    print(example(), end="")
    return 0
