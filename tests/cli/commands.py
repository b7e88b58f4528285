"""Runs the credential commands as ``gate`` does, on a parser of their own."""

from __future__ import annotations

import argparse

from gate.cli import decode, passes, registry, revocation, statuslist, trust


def gate(*arguments: object) -> int:
    """The exit code; a wrong option exits as argparse does."""
    parser = argparse.ArgumentParser(prog="gate")
    subparsers = parser.add_subparsers(required=True)
    for module in (decode, passes, registry, revocation, statuslist, trust):
        module.add_parser(subparsers)
    args = parser.parse_args([str(argument) for argument in arguments])
    code: int = args.func(args)
    return code
