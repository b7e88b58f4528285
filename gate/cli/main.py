"""The ``gate`` command: finds the subcommand, and turns what a user may get wrong into one clear message."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from gate import __version__
from gate.cli.loading import loading

MODULES = {
    "run": "run",
    "decode": "decode",
    "reader": "reader",
    "ctl": "ctl",
    "drill": "drill",
    "watch": "watch",
    "contract": "contract",
    "replay": "replay",
    "doctor": "doctor",
    "support-bundle": "support_bundle",
    "rules": "rules",
    "pass": "passes",
    "cmd": "cmd",
    "pki": "pki",
    "enroll": "enroll",
    "trust": "trust",
    "journal": "journal",
    "revocation": "revocation",
    "registry": "registry",
    "statuslist": "statuslist",
    "check-config": "check_config",
    "show-config": "show_config",
    "central": "central",
    "demo": "demo",
}
"""The subcommands, and the modules of ``gate.cli`` that add them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``gate`` with these arguments; return the exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        with loading():
            parser = _parser(words)
        args = parser.parse_args(words)
        code: int = args.func(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone; what is left in the buffer has no place to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.filename is not None:
            raise
        print(f"gate: Cannot write the output: {error.strerror}.", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the subcommand that is asked for, so that the drivers of the others are not loaded; else of all."""
    asked = words[0] if words and words[0] in MODULES else None
    parser = argparse.ArgumentParser(prog="gate", description="An access control unit for a door.")
    parser.add_argument("--version", action="version", version=f"gate {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in [MODULES[asked]] if asked else MODULES.values():
        importlib.import_module(f"gate.cli.{name}").add_parser(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
