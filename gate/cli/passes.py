"""``gate pass``: make an issuer's key, and issue gate passes with it."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.adapters.clock_system import SystemClock
from gate.cli import files
from gate.cli.arguments import CommandError, hexadecimal, index, issuer_id, list_id, moment, plain_errors, span
from gate.cli.inert import say
from gate.credential import deny_sources, gatepass, statuslist
from gate.credential.bundle import MAX_NAME, issuer_document
from gate.credential.deny_sources import own
from gate.credential.denylist import ANY_KID, Entry
from gate.credential.errors import MalformedError
from gate.credential.keys import PrivateKey, kid_of, private_from_pem, private_to_pem
from gate.credential.model import Colour, CredentialKind
from gate.credential.pass_claims import DEFAULT_PURPOSE, PassClaims, StatusRef, pass_element, subject_element
from gate.credential.revocation import digest
from gate.credential.trust import Issuer, IssuerKey

PASS_ID_BYTES = 12
USUAL_VALIDITY = timedelta(hours=8)
HEAD_START = timedelta(minutes=1)
"""How long before its issue a pass is valid, for a gate whose clock is a little behind."""
MODULE_PIXELS = 8


def add_parser(subparsers: Any) -> None:
    """Add ``pass`` and its subcommands."""
    parser = subparsers.add_parser("pass", help="issue gate passes")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_keygen(commands)
    _add_issue(commands)
    _add_revoke(commands)


def _add_keygen(commands: Any) -> None:
    parser = commands.add_parser(
        "keygen",
        help="make an issuer's signing key",
        description="Writes DIR/ID.key (secret, mode 0600, never overwritten) and DIR/ID.issuer.json, "
        "the public entry that `gate trust sign` puts into a trust bundle.",
    )
    parser.add_argument("--issuer", metavar="ID", type=issuer_id, required=True, help="what passes name it by")
    parser.add_argument("--name", required=True, help="the issuer's name for people")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for both files")
    parser.add_argument("--algorithm", choices=("ed25519", "es256"), default="ed25519", help="default: %(default)s")
    parser.add_argument(
        "--list",
        metavar="ID",
        type=list_id,
        action="append",
        default=[],
        help="a deny list by which passes are revoked",
    )
    parser.add_argument(
        "--usage",
        choices=(PassClaims.usage, statuslist.USAGE),
        action="append",
        help="what the key may sign; may be given twice; default: passes and status lists",
    )
    parser.set_defaults(func=run_keygen)


def _add_issue(commands: Any) -> None:
    parser = commands.add_parser("issue", help="issue one pass", description="Prints the pass, or writes it as a QR.")
    parser.add_argument("--key", metavar="FILE", type=Path, required=True, help="the issuer's secret key")
    parser.add_argument("--issuer", metavar="ID", required=True, help="the issuer's id in the trust bundle")
    parser.add_argument("--subject", metavar="S", required=True, help="an opaque number of the visitor; never a name")
    parser.add_argument("--colour", choices=[colour.value for colour in Colour], help="status; none counts as green")
    parser.add_argument(
        "--purpose",
        metavar="WORD",
        default=DEFAULT_PURPOSE,
        help="1 to 32 lower-case letters, digits and hyphens; never a name; default: %(default)s",
    )
    parser.add_argument("--status-uri", metavar="URI", help="the status list that tells how the pass stands")
    parser.add_argument(
        "--status-index", metavar="N", type=index, help="its entry in that list, which no other pass has"
    )
    parser.add_argument("--not-before", metavar="TIME", type=moment, help="default: a minute ago")
    end = parser.add_mutually_exclusive_group()
    end.add_argument(
        "--valid-for", metavar="SPAN", type=span, default=USUAL_VALIDITY, help="30m, 8h, 2d, 1w; default 8h"
    )
    end.add_argument("--not-after", metavar="TIME", type=moment, help="the first moment at which it no longer counts")
    parser.add_argument("--png", metavar="FILE", type=Path, help="write a QR picture")
    parser.add_argument("--text", action="store_true", help="print the text; without --png this is the default")
    parser.set_defaults(func=run_issue)


def _add_revoke(commands: Any) -> None:
    parser = commands.add_parser(
        "revoke",
        help="withdraw passes",
        description="Adds to FILE, which `gate revocation compile` makes a deny list of. FILE holds digests only.",
    )
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="made when missing")
    parser.add_argument("--subject", metavar="S", help="withdraw every pass of this subject, also later ones")
    parser.add_argument("--pass-id", metavar="HEX", type=hexadecimal, help="withdraw the pass with this id")
    parser.add_argument("passes", metavar="PASS", nargs="*", help="the text of a pass, or - for one on stdin")
    parser.set_defaults(func=run_revoke)


@plain_errors("gate pass keygen")
def run_keygen(args: argparse.Namespace) -> int:
    """Write a new key and its public entry."""
    key_file, entry_file = args.out / f"{args.issuer}.key", args.out / f"{args.issuer}.issuer.json"
    if not 0 < len(args.name) <= MAX_NAME or not args.name.isprintable():
        raise CommandError("The name must be 1 to 255 printable characters.")
    private = _new_key(args.algorithm)
    usages = frozenset(args.usage or (PassClaims.usage, statuslist.USAGE))
    issuer = _issuer(args.issuer, args.name, private, usages)
    entry = issuer_document(replace(issuer, revocation=tuple(args.list)))
    files.make_folder(args.out)
    files.require_absent(key_file, entry_file)
    files.write_new(key_file, private_to_pem(private), secret=True)
    files.write_new(entry_file, json.dumps(entry, indent=2).encode() + b"\n", secret=False)
    say(f"secret key:   {key_file}  (keep it; passes are issued with it)")
    say(f"public entry: {entry_file}  (for gate trust sign)")
    return 0


@plain_errors("gate pass issue")
def run_issue(args: argparse.Namespace) -> int:
    """Issue one pass."""
    private = private_key(args.key)
    try:
        text = gatepass.mint(_claims(args), private)
    except MalformedError as error:
        raise CommandError(f"Such a pass would be refused: {error}.") from error
    if args.png is not None:
        _write_png(args.png, text)
    if args.text or args.png is None:
        say(text)
    return 0


@plain_errors("gate pass revoke")
def run_revoke(args: argparse.Namespace) -> int:
    """Withdraw passes."""
    added = [Entry(kid, digest(element)) for kid, element in _withdrawn(args)]
    if not added:
        raise CommandError("Nothing was named. Give the text of a pass, --pass-id or --subject.")
    entries = list(dict.fromkeys([*_kept(args.out), *added]))
    files.replace(args.out, json.dumps(own(entries), indent=1).encode() + b"\n")
    say(f"{args.out}: {len(entries)} entries  (for gate revocation compile)")
    return 0


def _withdrawn(args: argparse.Namespace) -> Iterator[tuple[bytes, bytes]]:
    """What is withdrawn, each under its issuer's key or under every key."""
    for text in args.passes:
        try:
            yield gatepass.identity(sys.stdin.read().strip() if text == "-" else text)
        except MalformedError as error:
            raise CommandError(f"One of the texts is not a pass: {error}.") from error
    if args.pass_id is not None:
        yield ANY_KID, pass_element(args.pass_id)
    if args.subject is not None:
        yield ANY_KID, subject_element(args.subject)


def _kept(path: Path) -> Sequence[Entry]:
    """What the file holds already; all of it, or the command ends."""
    if not path.exists():
        return ()
    skipped: list[str] = []
    try:
        entries = list(deny_sources.read(json.loads(files.read(path)), skipped))
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is not a file of `gate pass revoke`. Choose another name.") from error
    if skipped:
        raise CommandError(f"{path} is damaged: {skipped[0]}. Mend it, or choose another name.")
    return entries


def _claims(args: argparse.Namespace) -> PassClaims:
    now = SystemClock().now().utc
    not_before = args.not_before or now - HEAD_START
    return PassClaims(
        issuer=args.issuer,
        not_before=not_before,
        not_after=args.not_after or (args.not_before or now) + args.valid_for,
        issued_at=now,
        pass_id=secrets.token_bytes(PASS_ID_BYTES),
        subject=args.subject,
        purpose=args.purpose,
        colour=Colour(args.colour) if args.colour else None,
        status=_status(args),
    )


def _status(args: argparse.Namespace) -> StatusRef | None:
    if (args.status_uri is None) != (args.status_index is None):
        raise CommandError("--status-uri and --status-index go together.")
    return None if args.status_uri is None else StatusRef(args.status_uri, args.status_index)


def _new_key(algorithm: str) -> PrivateKey:
    return Ed25519PrivateKey.generate() if algorithm == "ed25519" else ec.generate_private_key(ec.SECP256R1())


def _issuer(issuer: str, name: str, private: PrivateKey, usages: frozenset[str]) -> Issuer:
    public = private.public_key()
    key = IssuerKey(kid_of(public), public, usages, not_before=None, not_after=None)
    return Issuer(issuer, name, CredentialKind.PASS, country=None, keys=(key,))


def private_key(path: Path) -> PrivateKey:
    """An issuer's secret key. Raises ``CommandError``."""
    pem = files.read(path)
    try:
        return private_from_pem(pem)
    except ValueError as error:
        raise CommandError(f"The key {path} cannot be used: {error}. Make one with `gate pass keygen`.") from error


def _write_png(path: Path, text: str) -> None:
    try:
        import segno  # noqa: PLC0415  (only the demo extra brings it)
    except ImportError as error:
        raise CommandError(
            "Writing a QR picture needs segno, which is missing. Run ./install.sh demo, or: pip install 'gate[demo]'"
        ) from error
    picture = segno.make(text, error="m", micro=False)
    with files.explained("write", path), path.open("wb") as file:
        picture.save(file, kind="png", scale=MODULE_PIXELS)
