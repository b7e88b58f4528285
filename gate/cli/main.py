"""The ``gate`` command: finds the subcommand, and turns what a user may get wrong into one clear message."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from gate import __version__

COMMANDS = ("run", "decode", "watch", "replay", "passes", "trust", "check_config", "show_config", "demo")
"""The modules of ``gate.cli`` that add a subcommand each."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``gate`` with these arguments; return the exit code."""
    args = _parser().parse_args(argv)
    try:
        code: int = args.func(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone; what is left in the buffer has no place to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gate", description="An access control unit for a door.")
    parser.add_argument("--version", action="version", version=f"gate {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"gate.cli.{name}").add_parser(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
