"""``gate show-config``: the configuration in force, with every default filled in."""

from __future__ import annotations

import argparse

from gate.cli.check_config import add_file, load_or_explain
from gate.service.config_dump import effective, example


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "show-config",
        help="print the configuration in force",
        description="Prints every key with the value in force, as TOML that loads again. Secrets are never in it.",
    )
    add_file(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--changed", action="store_true", help="only what differs from the defaults or has none")
    which.add_argument("--example", action="store_true", help="an example file that explains every key; reads no FILE")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 1 when the file cannot be used."""
    if args.example:
        print(example(), end="")
        return 0
    config = load_or_explain(args.file)
    if config is None:
        return 1
    print(effective(config, changed_only=args.changed), end="")
    return 0
