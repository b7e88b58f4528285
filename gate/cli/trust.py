"""``gate trust``: the operator's root key, and the signed bundle of the issuers that gates believe."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.bundles import read_bundle, read_root
from gate.adapters.trust_files.deny_lists import file_name
from gate.cli import files
from gate.cli.arguments import CommandError, hexadecimal, natural, plain_errors, span
from gate.cli.inert import inert, say
from gate.cli.revocation_sources import told
from gate.cli.trust_entries import merged, parse_issuers, read_entry
from gate.cli.trust_import import add_import
from gate.cli.trust_rules import rule_refs
from gate.cli.trust_verify import add_verify
from gate.credential.bundle import issuer_document, parse_bundle, parse_issuer, parse_list, sign_bundle
from gate.credential.cose import algorithm_for
from gate.credential.errors import TrustError
from gate.credential.keys import kid_of, private_from_pem, private_to_pem, public_to_pem
from gate.credential.model import CredentialKind
from gate.credential.proof import MAX_TRIED_UNNAMED, moment
from gate.credential.trust import Issuer, IssuerKey, ListRef, TrustBundle

USUAL_VALIDITY = timedelta(days=30)


def add_parser(subparsers: Any) -> None:
    """Add ``trust`` and its subcommands."""
    parser = subparsers.add_parser("trust", help="make, sign and show trust bundles")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_keygen(commands)
    _add_sign(commands)
    _add_show(commands)
    _add_withdraw(commands)
    add_import(commands)
    add_verify(commands)


def _add_keygen(commands: Any) -> None:
    parser = commands.add_parser(
        "keygen",
        help="make the operator's root key",
        description="Writes FILE (secret, mode 0600) and FILE.pub, pinned at each gate. Neither is overwritten.",
    )
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="where the secret key goes")
    parser.set_defaults(func=run_keygen)


def _add_sign(commands: Any) -> None:
    parser = commands.add_parser("sign", help="sign a bundle of issuers")
    parser.add_argument("--root", metavar="KEY", type=Path, required=True, help="the secret root key")
    parser.add_argument("--out", metavar="BUNDLE", type=Path, required=True, help="replaced as a whole if it exists")
    parser.add_argument(
        "--valid-for", metavar="SPAN", type=span, default=USUAL_VALIDITY, help="8h, 30d, 4w; default 30d"
    )
    parser.add_argument(
        "--version", metavar="N", type=natural, help="default: one more than that of the bundle being replaced, or 1"
    )
    parser.add_argument(
        "--list",
        metavar="ID.list.json",
        type=Path,
        action="append",
        default=[],
        dest="lists",
        help="a deny list of `gate revocation compile`; may be given several times",
    )
    parser.add_argument(
        "--rules",
        metavar="FILE.json",
        type=Path,
        action="append",
        default=[],
        help="a rule pack, or the EU's rules or value sets, to vouch for; may be given several times",
    )
    parser.add_argument(
        "--next-root", metavar="PUB", type=Path, help="announce the root key that will sign later bundles"
    )
    parser.add_argument(
        "issuers", metavar="ISSUER.json", type=Path, nargs="+", help="from `gate pass keygen` or `gate trust import`"
    )
    parser.set_defaults(func=run_sign)


def _add_show(commands: Any) -> None:
    parser = commands.add_parser(
        "show",
        help="show what a bundle holds, if its signature holds",
        epilog="Exit code 0: shown; 2: it cannot be read, or the root key did not sign it.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", type=Path)
    parser.add_argument("--root-key", metavar="PUB", type=Path, required=True, help="the public root key")
    parser.set_defaults(func=run_show)


def _add_withdraw(commands: Any) -> None:
    parser = commands.add_parser(
        "withdraw-key",
        help="withdraw a key of an issuer",
        description="Notes in the issuer's entry that what this key signed counts no more; then sign a new bundle. "
        "The key stays in the entry, so that its passes are told as withdrawn, not as unknown.",
    )
    parser.add_argument("--kid", metavar="HEX", type=hexadecimal, required=True, help="as `gate trust show` names it")
    parser.add_argument("issuer", metavar="ISSUER.json", type=Path)
    parser.set_defaults(func=run_withdraw)


@plain_errors("gate trust keygen")
def run_keygen(args: argparse.Namespace) -> int:
    """Write a new root key pair."""
    public_file = args.out.with_name(f"{args.out.name}.pub")
    files.require_absent(args.out, public_file)
    root = Ed25519PrivateKey.generate()
    files.write_new(args.out, private_to_pem(root), secret=True)
    files.write_new(public_file, public_to_pem(root.public_key()), secret=False)
    say(f"secret root key: {args.out}  (keep it offline)")
    say(f"public root key: {public_file}  (pin it at every gate)")
    return 0


@plain_errors("gate trust sign")
def run_sign(args: argparse.Namespace) -> int:
    """Sign a bundle."""
    root = _root(args.root)
    before = _before(args.out, root, needed=args.version is None)
    version = args.version or (before.version + 1 if before else 1)
    _require_newer(args.out, version, root)
    maker = "gate pass keygen` or `gate trust import"
    issuers = merged(issuer for path in args.issuers for issuer in read_entry(path, parse_issuers, maker))
    issued = SystemClock().now().utc
    lists = tuple(read_entry(path, parse_list, "gate revocation compile") for path in args.lists)
    _require_lists(issuers, lists)
    _require_all_tried(issuers)
    next_root = read_root(args.next_root) if args.next_root else None
    rules = rule_refs(args.rules, version, before.rule_packs if before else ())
    expires = issued + args.valid_for
    bundle = TrustBundle(version, issued, expires, issuers, lists, next_root, rule_packs=rules)
    files.replace(args.out, sign_bundle(bundle, root))
    vouched = f", {len(rules)} file(s) of rules" if rules else ""
    say(f"{args.out}: version {version}, {len(issuers)} issuer(s){vouched}, until {moment(bundle.expires)}")
    for lost in _no_more(before, bundle):
        say(f"not vouched for any more: {lost}")
    return 0


@plain_errors("gate trust withdraw-key")
def run_withdraw(args: argparse.Namespace) -> int:
    """Withdraw a key."""
    issuer = read_entry(args.issuer, parse_issuer, "gate pass keygen")
    if args.kid not in {key.kid for key in issuer.keys}:
        raise CommandError(f"The issuer {issuer.id} has no key {args.kid.hex()} in {args.issuer}.")
    withdrawn = replace(issuer, revoked_keys=issuer.revoked_keys | {args.kid})
    files.replace(args.issuer, json.dumps(issuer_document(withdrawn), indent=2).encode() + b"\n")
    say(f"{args.issuer}: the key {args.kid.hex()} is withdrawn  (sign a new bundle now)")
    return 0


@plain_errors("gate trust show")
def run_show(args: argparse.Namespace) -> int:
    """Show a bundle."""
    bundle = read_bundle(args.bundle, args.root_key)
    expired = bundle.expires <= SystemClock().now().utc
    say(f"version  {bundle.version}")
    say(f"issued   {moment(bundle.issued)}")
    say(f"expires  {moment(bundle.expires)}{'  (expired)' if expired else ''}")
    for issuer in bundle.issuers:
        country = f", {inert(issuer.country)}" if issuer.country else ""
        say(f"issuer   {inert(issuer.id)}: {inert(issuer.name)} ({issuer.kind.value}{country})")
        for key in issuer.keys:
            say(f"  key    {_described(key)}{', WITHDRAWN' if key.kid in issuer.revoked_keys else ''}")
        if issuer.revocation:
            say(f"  lists  {inert(', '.join(issuer.revocation))}")
    for one in bundle.revocation:
        say(f"list     {one.id}: {file_name(one)}, issued {moment(one.issued)}, until {moment(one.expires)}")
        for source in one.sources:
            say(f"  from   {told(source, SystemClock().now().utc)}")
    for rules in bundle.rule_packs:
        say(f"rules    {rules.id} {rules.version}: SHA-256 {rules.sha256.hex()}")
    if bundle.next_root is not None:
        say(f"next     root key {kid_of(bundle.next_root).hex()}")
    for entry in bundle.skipped:
        say(f"skipped  {inert(entry)}")
    return 0


def _described(key: IssuerKey) -> str:
    parts = [
        key.kid.hex(),
        _algorithm(key),
        f"may sign {inert(', '.join(sorted(key.usages)) or 'all')}",
    ]
    if key.not_before is not None:
        parts.append(f"from {moment(key.not_before)}")
    if key.not_after is not None:
        parts.append(f"until {moment(key.not_after)}")
    return ", ".join(parts)


def _require_all_tried(issuers: Sequence[Issuer]) -> None:
    """Tickets name no key, and a gate tries few: one of a key that is left out would pass for a forgery."""
    keys = {kid_of(key.public) for one in issuers if one.kind is CredentialKind.PRETIX for key in one.keys}
    if len(keys) > MAX_TRIED_UNNAMED:
        raise CommandError(
            f"The bundle would have {len(keys)} keys of pretix, and a gate tries {MAX_TRIED_UNNAMED} on a ticket. "
            "Leave out those of past events."
        )


def _algorithm(key: IssuerKey) -> str:
    """The one of passes, or else the sort of the key."""
    algorithm = algorithm_for(key.public)
    return algorithm.name if algorithm else str(key.sort or "a key of an unsupported sort")


def _root(path: Path) -> Ed25519PrivateKey:
    pem = files.read(path)
    try:
        private = private_from_pem(pem)
    except TrustError as error:
        raise CommandError(f"The root key {path} cannot be used: {error}.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CommandError(f"The root key {path} is not Ed25519. Make one with `gate trust keygen`.")
    return private


def _before(out: Path, root: Ed25519PrivateKey, *, needed: bool) -> TrustBundle | None:
    """The bundle that is being replaced; None where there is none, or none that matters."""
    if not out.exists():
        return None
    try:
        return parse_bundle(files.read(out), root.public_key())
    except TrustError as error:
        if not needed:
            return None
        raise CommandError(f"{out} is there, but its version is unknown: {error}. Say --version N.") from error


def _no_more(before: TrustBundle | None, bundle: TrustBundle) -> list[str]:
    """The rules that the bundle before named, and this one names in no version."""
    now = {ref.id for ref in bundle.rule_packs}
    return [f"{ref.id} {ref.version}" for ref in (before.rule_packs if before else ()) if ref.id not in now]


def _require_newer(out: Path, version: int, root: Ed25519PrivateKey) -> None:
    """A gate that has the bundle that is replaced takes this one."""
    try:
        there = parse_bundle(files.read(out), root.public_key()).version if out.exists() else 0
    except TrustError:
        return  # another root's, or damaged: whoever gives --version knows more
    if version <= there:
        raise CommandError(f"{out} is of version {there} already. Give a version higher than {there}, or leave it out.")


def _require_lists(issuers: Sequence[Issuer], lists: Sequence[ListRef]) -> None:
    """Every list that an issuer names is there, once: without it, nothing of that issuer would be green."""
    names = [one.id for one in lists]
    for issuer in issuers:
        for name in issuer.revocation:
            if name not in names:
                raise CommandError(f"The issuer {issuer.id} withdraws by the list {name}. Give it with --list.")
    if len(set(names)) != len(names):
        raise CommandError("Two lists have one id. Compile what belongs together into one list.")
