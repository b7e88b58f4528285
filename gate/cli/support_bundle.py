"""``gate support-bundle``: what somebody far away needs to help, in one file, with nobody's data in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gate.cli import files
from gate.cli.arguments import CommandError, plain_errors
from gate.cli.check_config import USUAL_FILE
from gate.cli.inert import inert, say
from gate.service.config import ConfigErrors, load

USUAL_NAME = Path("gate-support.tar.gz")


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "support-bundle",
        help="write a file for whoever helps: versions, settings, findings, figures, log; nothing of anybody",
        description="Writes one small file for whoever helps from afar, prints what is in it, and sends it nowhere. "
        "Run it as root or as the user gate; the service may run.",
        epilog="Exit code 0: written, or shown; 2: it cannot be.",
    )
    parser.add_argument("--config", metavar="FILE", type=Path, default=USUAL_FILE, help="default: %(default)s")
    parser.add_argument("--out", metavar="FILE", type=Path, default=USUAL_NAME, help="a new file; default: %(default)s")
    parser.add_argument("--show", action="store_true", help="print all of it instead of writing it")
    parser.set_defaults(func=run)


@plain_errors("gate support-bundle")
def run(args: argparse.Namespace) -> int:
    """Write it, or show it."""
    from gate.cli.bundle.log_lines import system_log  # noqa: PLC0415  (as below)
    from gate.cli.bundle.packing import CONTENTS, packed, parts_of  # noqa: PLC0415  (loads every driver)
    from gate.cli.checks.unit import Unit  # noqa: PLC0415  (as above)

    if not args.show:
        files.require_absent(args.out)
    try:
        unit = Unit(load(args.config))
    except ConfigErrors as errors:
        raise CommandError(f"{errors}\nMend the configuration first; these lines are what to ask about.") from None
    parts = parts_of(unit, system_log())
    if args.show:
        for name, part in parts.items():
            _show(f"--- {name}", part.content)
        return 0
    files.write_new(args.out, packed(parts, unit.clock.now().utc), secret=True)
    _show(f"{args.out} holds:", parts[CONTENTS].content)
    say(f"Read it all with: gate support-bundle --show, or: tar -xzOf {inert(str(args.out))}")
    return 0


def _show(head: str, content: bytes) -> None:
    say(inert(head))
    for line in content.decode().splitlines():
        say(inert(line, len(line)))
