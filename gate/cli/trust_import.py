"""``gate trust import``: from what publishers give out to issuers' entries that ``gate trust sign`` signs."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from gate.cli import files
from gate.cli.arguments import CommandError, list_id, plain_errors
from gate.cli.inert import inert, say
from gate.cli.trust_entries import merged
from gate.credential.bundle import MAX_NAME, issuer_document
from gate.credential.errors import TrustError
from gate.credential.importers.forms import FORMS, Given, Result
from gate.credential.importers.imported import base64_kid
from gate.credential.trust import Issuer

MOST_BYTES = 64 * 1024 * 1024


def add_import(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "import",
        help="take issuers from what publishers give out",
        description="Writes the issuers of all files, unsigned, to FILE; `gate trust sign` takes it. Nothing is proved "
        "by it: whoever signs the bundle vouches for the files. Forms: "
        + "; ".join(f"{name} ({form.about})" for name, form in FORMS.items())
        + ".",
        epilog="Exit code 0: written; 2: a file cannot be read at all. What is skipped is named.",
    )
    parser.add_argument("form", metavar="FORM", choices=FORMS, help=", ".join(FORMS))
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="replaced as a whole if it exists")
    parser.add_argument(
        "--list", metavar="ID", type=list_id, action="append", default=[], help="a deny list by which they withdraw"
    )
    parser.add_argument("--iss", metavar="URL", default="", help="whose keys they are: exactly as its cards name it")
    parser.add_argument("--name", default="", help="the name of that issuer for people; default: its URL")
    parser.add_argument(
        "--only-kids",
        metavar="KIDS.json",
        type=Path,
        help="take only keys whose kid is in this list of base64, such as Italy's signercertificate/status",
    )
    parser.add_argument("sources", metavar="SOURCE", type=Path, nargs="+")
    parser.set_defaults(func=run_import)


@plain_errors("gate trust import")
def run_import(args: argparse.Namespace) -> int:
    """Import issuers."""
    given = _given(args)
    results = [_read(path, args.form, given) for path in args.sources]
    only = _only(args.only_kids) if args.only_kids is not None else None
    issuers = [_kept(issuer, only) for issuer in merged(issuer for found, _ in results for issuer in found)]
    listed = [replace(issuer, revocation=issuer.revocation or tuple(args.list)) for issuer in issuers]
    documents = [issuer_document(issuer) for issuer in listed]
    files.replace(args.out, json.dumps(documents, indent=1).encode() + b"\n")
    for path, (_, skipped) in zip(args.sources, results, strict=True):
        for line in skipped:
            say(f"skipped  {path}: {inert(line)}")
    say(f"{args.out}: {_counted(listed)}, {sum(len(skipped) for _, skipped in results)} skipped  (for gate trust sign)")
    return 0


def _only(path: Path) -> frozenset[bytes]:
    """The kids of a list. Raises ``CommandError`` for another one: without it, too many keys would count."""
    try:
        listed = json.loads(files.read(path, MOST_BYTES))
    except (ValueError, RecursionError):
        listed = None
    kids = [base64_kid(text) for text in listed] if isinstance(listed, list) else [None]
    if None in kids:
        raise CommandError(f"{path} is not a list of kids in base64.")
    return frozenset(kid for kid in kids if kid is not None)


def _kept(issuer: Issuer, only: frozenset[bytes] | None) -> Issuer:
    """The issuer with those of its keys that are on the list. The others are named."""
    if only is None:
        return issuer
    for key in issuer.keys:
        if key.kid not in only:
            say(f"skipped  {inert(issuer.id)}: the key {key.kid.hex()} is not on the list of kids")
    return replace(issuer, keys=tuple(key for key in issuer.keys if key.kid in only))


def _counted(issuers: list[Issuer]) -> str:
    return f"{len(issuers)} issuer(s) with {sum(len(issuer.keys) for issuer in issuers)} key(s)"


def _given(args: argparse.Namespace) -> Given:
    if FORMS[args.form].needs_issuer and (not args.iss or len(args.sources) != 1):
        raise CommandError(f"The form {args.form} is of one issuer: give --iss, and one file.")
    given = Given(args.iss, args.name or args.iss)
    if any(len(text) > MAX_NAME or not text.isprintable() for text in (given.iss, given.name)):
        raise CommandError(f"--iss and --name must be at most {MAX_NAME} printable characters.")
    return given


def _read(path: Path, form: str, given: Given) -> Result:
    raw = files.read(path, MOST_BYTES)
    try:
        known = FORMS[form]
        return known.read(json.loads(raw) if known.is_json else raw, given)
    except TrustError as error:
        raise CommandError(f"{path} is not of the form {form}: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is not JSON, so it is not of the form {form}.") from error
