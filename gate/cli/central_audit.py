"""``gate central audit``: who has looked and acted, and whether anybody has changed what is written of it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from gate.central import audit
from gate.central.adapters.sql.office import SqlOffice
from gate.central.audit import Entry
from gate.cli import central_place
from gate.cli.arguments import plain_errors
from gate.cli.central_times import local
from gate.cli.central_words import StaffWords
from gate.cli.inert import inert, say
from gate.wire.envelope import timestamp

CHANGED = 1


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "audit",
        help="who has traced, exported, followed up, erased, enrolled and revoked",
        description="Prints every entry, the oldest first, and says whether the chain of them holds. A chain that was "
        "rewritten as a whole is seen by the digests in the receipts of erasures.",
        epilog="Exit code 0: nobody has changed it; 1: somebody has; 2: it cannot be read.",
    )
    central_place.add_where(parser)
    parser.set_defaults(func=run)


@plain_errors("gate central audit")
def run(args: argparse.Namespace) -> int:
    """Print it, and check it on the way."""
    words = StaffWords(args.language)
    with central_place.opened(args) as database:
        broken = audit.broken(_shown(SqlOffice(database).audit(), as_json=args.json))
    if args.json:
        say(json.dumps({"broken": broken}))
    else:
        say(words("audit_good") if broken is None else f"{words('audit_broken')} {broken}")
    return 0 if broken is None else CHANGED


def _shown(entries: Iterator[tuple[Entry, str]], *, as_json: bool) -> Iterator[tuple[Entry, str]]:
    for entry, digest in entries:
        act = entry.act
        if as_json:
            told = {"number": entry.number, "at": timestamp(act.at), "by": act.by, "verb": act.verb}
            say(json.dumps(told | {"about": act.about, "case": act.case, "digest": digest}))
        else:
            case = f"  [{act.case}]" if act.case else ""
            say(inert(f"{entry.number:>6}  {local(act.at)}  {act.by}  {act.verb}  {act.about}{case}"))
        yield entry, digest
