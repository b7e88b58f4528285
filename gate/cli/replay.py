"""``gate replay``: recorded signals run through the core again; the effects must be identical."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gate.service import signal_log


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "replay",
        help="run a recorded signal log through the core again",
        description="Runs a signal log ([log] signals) through the core again and compares the effects.",
        epilog="Exit code 0: identical; 1: something differs; 2: the log cannot be read.",
    )
    parser.add_argument("log", type=Path, help="the signal log")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Replay one log and say how it went."""
    signals = differing = 0
    try:
        for difference in signal_log.replay(signal_log.read(args.log)):
            signals += 1
            if difference is not None:
                differing += 1
                _print(difference)
    except BrokenPipeError:  # of our output, not of the log
        raise
    except (OSError, ValueError) as error:
        print(f"gate replay: {args.log} cannot be replayed: {error}", file=sys.stderr)
        return 2
    if not signals:
        print(f"gate replay: {args.log} holds no signal", file=sys.stderr)
        return 2
    print(f"{signals} signals replayed, {differing} with other effects")
    return 1 if differing else 0


def _print(difference: signal_log.Difference) -> None:
    print(f"line {difference.line}: {difference.signal}")
    print(f"  recorded: {difference.recorded}")
    print(f"  replayed: {difference.replayed}")
