"""``gate central erase``: what is older than it may be kept loses its content, and a signed receipt says so."""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.central import receipt
from gate.central.adapters.sql.erasure import SqlEraser
from gate.central.erasing import LEAST, due
from gate.cli import central_place, files
from gate.cli.arguments import CommandError, plain_errors
from gate.cli.central_times import day, span
from gate.cli.central_words import StaffWords
from gate.cli.inert import inert, say
from gate.credential.errors import TrustError
from gate.credential.keys import private_from_pem


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "erase",
        help="empty what is older than retention.days, with a signed receipt",
        description="Records lose their content and keep their hashes, visits lose their pseudonyms, and messages that "
        "were set apart are deleted. Run it every day; a second time changes nothing.",
    )
    parser.add_argument(
        "--before", metavar="DAY", type=day, help="instead of retention.days: everything before this day"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="also write the receipt to a new file")
    parser.add_argument(
        "--rewrite", action="store_true", help="PostgreSQL: write the tables anew, which keeps everybody out meanwhile"
    )
    central_place.add_where(parser)
    parser.set_defaults(func=run)


@plain_errors("gate central erase")
def run(args: argparse.Namespace) -> int:
    """Erase, and say what came of it."""
    config = central_place.configured(args)
    if config.retention.key is None:
        raise CommandError("retention.key is empty: make a key with gate central receipt keygen, and name it there.")
    sign = partial(receipt.sign, key=private_key(config.retention.key))
    if args.out is not None:
        files.require_absent(args.out)
    now = central_place.now()
    before = _before(args, now, timedelta(days=config.retention.days))
    with central_place.opened(args) as database:
        found = SqlEraser(database).erase(
            due(before, now), central_place.account(), central_place.now, sign, rewrite=args.rewrite
        )
    if args.out is not None and found.receipt is not None:
        files.write_new(args.out, found.receipt, secret=False)
    told = None if found.receipt is None else json.loads(found.receipt)["receipt"]
    if args.json:
        say(json.dumps({"erased": found.erased, "receipt": told}, indent=1))
        return 0
    words = StaffWords(args.language)
    for line in receipt_lines(told, words) if found.erased and told else [words("nothing_due")]:
        say(line)
    return 0


def receipt_lines(told: dict[str, Any], words: StaffWords) -> list[str]:
    """What a receipt says, for people."""
    found = [
        f"{words('erased_before')} {told.get('before')} ({told.get('by')}, {told.get('ended')}, {told.get('database')})"
    ]
    found += [f"{told.get(name)} {words(f'of_{name}')}" for name in ("records", "visits", "messages")]
    if told.get("not_heard"):
        found.append(f"{words('not_heard')}: {', '.join(map(str, told['not_heard']))}")
    return [inert(line, 2000) for line in found]


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key of a file. Raises ``CommandError``."""
    try:
        found = private_from_pem(files.read(path))
    except TrustError as error:
        raise CommandError(f"{path}: {error}") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise CommandError(f"{path} is not Ed25519: make one with gate central receipt keygen.")
    return found


def _before(args: argparse.Namespace, now: datetime, retention: timedelta) -> datetime:
    before = now - retention if args.before is None else span(args.before)[0]
    if before > now - LEAST:
        raise CommandError(
            f"--before must be at least {LEAST.days} days ago: until then gates have the keys that tie pseudonyms, "
            "and a visitor's contacts may still have to be found."
        )
    return before
