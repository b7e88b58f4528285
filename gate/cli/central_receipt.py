"""``gate central receipt``: make the key that signs receipts of erasures, and check a receipt with its public half."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.central import receipt
from gate.cli import files
from gate.cli.arguments import CommandError, plain_errors
from gate.cli.central_erase import receipt_lines
from gate.cli.central_words import StaffWords
from gate.cli.inert import say
from gate.cli.watch_words import LANGUAGES
from gate.credential.errors import TrustError
from gate.credential.keys import private_to_pem, public_to_pem, root_from_pem

NOT_GOOD = 1
NAMES = ("receipts.key", "receipts.key.pub")


def add_to(commands: Any) -> None:
    """Add ``receipt`` and its verbs."""
    parser = commands.add_parser("receipt", help="the key that signs receipts of erasures, and whether one is good")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    keygen = verbs.add_parser("keygen", help="make the key that signs receipts")
    keygen.add_argument("--out", metavar="DIR", type=Path, required=True, help=f"folder for {' and '.join(NAMES)}")
    keygen.set_defaults(func=run_keygen)
    verify = verbs.add_parser(
        "verify",
        help="say whether a receipt is good, and what it says",
        epilog="Exit code 0: it is good; 1: it is not; 2: it cannot be read.",
    )
    verify.add_argument("file", metavar="FILE", type=Path, help="the receipt")
    verify.add_argument("--key", metavar="PUB", type=Path, required=True, help=f"the centre's {NAMES[1]}")
    verify.add_argument(
        "--language", "--lang", choices=LANGUAGES, default="en", help="English or Indonesian (default en)"
    )
    verify.add_argument("--json", action="store_true", help="for a machine")
    verify.set_defaults(func=run_verify)


@plain_errors("gate central receipt keygen")
def run_keygen(args: argparse.Namespace) -> int:
    """Write a new pair of keys."""
    secret, public = (args.out / name for name in NAMES)
    files.make_folder(args.out)
    files.require_absent(secret, public)
    private = Ed25519PrivateKey.generate()
    files.write_new(secret, private_to_pem(private), secret=True)
    files.write_new(public, public_to_pem(private.public_key()), secret=False)
    say(f"secret key: {secret}  (name it as retention.key)")
    say(f"public key: {public}  (for whoever checks receipts; keep a copy elsewhere)")
    return 0


@plain_errors("gate central receipt verify")
def run_verify(args: argparse.Namespace) -> int:
    """Check a receipt."""
    try:
        key = root_from_pem(files.read(args.key))
    except TrustError as error:
        raise CommandError(f"The key {args.key} is not Ed25519 in PEM: give the centre's {NAMES[1]}.") from error
    found = receipt.verify(files.read(args.file), key)
    if isinstance(found, str):
        say(json.dumps({"good": False, "problem": found}) if args.json else f"{args.file}: {found}")
        return NOT_GOOD
    words = StaffWords(args.language)
    for line in [json.dumps({"good": True, "receipt": found})] if args.json else _told(found, words):
        say(line)
    return 0


def _told(found: dict[str, Any], words: StaffWords) -> list[str]:
    return [words("receipt_good"), *receipt_lines(found, words)]
