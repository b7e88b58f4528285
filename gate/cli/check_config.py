"""``gate check-config``: say whether a configuration is right, and what is to be mended."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gate.service.config import Config, ConfigErrors, load

USUAL_FILE = Path("/etc/gate/gate.toml")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "check-config",
        help="say whether a configuration is right, and everything that is wrong with it",
        description='Prints "ok" and exits 0, or prints every problem on a line of its own and exits 1.',
    )
    add_file(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when the file can be used, 1 when not."""
    if load_or_explain(args.file) is None:
        return 1
    print("ok")
    return 0


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the configuration file."""
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", default=USUAL_FILE, help="default: %(default)s")


def load_or_explain(file: Path) -> Config | None:
    """The configuration, or None after every problem was printed to standard error."""
    try:
        return load(file)
    except ConfigErrors as errors:
        print(errors, file=sys.stderr)
        return None
