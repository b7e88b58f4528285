"""``gate cmd``: make a key that commands gates, sign a command with it, and send one and wait for the answer."""

from __future__ import annotations

import argparse
import json
import math
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ulid import ULID

from gate.access.command import ROLES, Role, Verb
from gate.adapters.clock_system import SystemClock
from gate.cli import cmd_send, files
from gate.cli.arguments import CommandError, issuer_id, plain_errors
from gate.cli.inert import say
from gate.credential.bundle import MAX_NAME, issuer_document
from gate.credential.errors import TrustError
from gate.credential.instant import ClockTrust
from gate.credential.keys import kid_of, private_from_pem, private_to_pem
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey
from gate.wire import command, topics
from gate.wire.command import Command

USUAL_VALIDITY_S = 15.0
"""Half of the most: so the clocks of both ends may differ by as much either way."""
_NAME = re.compile("[a-z][a-z0-9_]{0,31}")


def add_parser(subparsers: Any) -> None:
    """Add ``cmd`` and its subcommands."""
    parser = subparsers.add_parser("cmd", help="command a gate from afar")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_keygen(commands)
    _add_sign(commands)
    _add_send(commands)


def _add_keygen(commands: Any) -> None:
    parser = commands.add_parser(
        "keygen",
        help="make a key that commands gates",
        description="Writes DIR/ID.key (secret, mode 0600, never overwritten) and DIR/ID.issuer.json, "
        "the public entry that `gate trust sign` puts into a trust bundle.",
        epilog="roles:\n" + "\n".join(f"  {role.value:<11} {_meant(role)}" for role in Role),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--issuer", metavar="ID", type=issuer_id, required=True, help="the desk whose key it is")
    parser.add_argument("--name", required=True, help="the desk's name for people; never a person's")
    parser.add_argument(
        "--role",
        metavar="ROLE",
        choices=[role.value for role in Role],
        action="append",
        required=True,
        help="what it is for (see below); may be given several times",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for both files")
    parser.set_defaults(func=run_keygen)


def _add_sign(commands: Any) -> None:
    parser = commands.add_parser(
        "sign", help="sign a command and print it", description="Prints the payload for the topic cmd/VERB."
    )
    _add_what(parser)
    parser.set_defaults(func=run_sign)


def _add_send(commands: Any) -> None:
    parser = commands.add_parser(
        "send",
        help="sign a command, send it and wait for the answer",
        epilog=cmd_send.EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_what(parser)
    cmd_send.add_where(parser)
    parser.add_argument("--json", action="store_true", help="print the whole answer as one JSON object")
    parser.set_defaults(func=run_send)


def _add_what(parser: Any) -> None:
    parser.add_argument("verb", metavar="VERB", choices=[verb.value for verb in Verb], help=", ".join(Verb))
    parser.add_argument("--gate", metavar="SITE/GATE", type=_gate, required=True, help="the one gate that is meant")
    parser.add_argument("--key", metavar="FILE", type=Path, required=True, help="the secret key of gate cmd keygen")
    parser.add_argument(
        "--arg",
        metavar="NAME=VALUE",
        type=_argument,
        action="append",
        default=[],
        help="what the verb takes (docs/commands.md), such as visit=12 or colour=red",
    )
    parser.add_argument(
        "--valid-for",
        metavar="S",
        type=_seconds,
        default=USUAL_VALIDITY_S,
        help="seconds for which it counts, at most 30; default: %(default)s",
    )


@plain_errors("gate cmd keygen")
def run_keygen(args: argparse.Namespace) -> int:
    """Write a new key and its public entry."""
    if not 0 < len(args.name) <= MAX_NAME or not args.name.isprintable():
        raise CommandError(f"The name must be 1 to {MAX_NAME} printable characters.")
    key_file, entry_file = args.out / f"{args.issuer}.key", args.out / f"{args.issuer}.issuer.json"
    files.make_folder(args.out)
    files.require_absent(key_file, entry_file)
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    key = IssuerKey(kid_of(public), public, frozenset(args.role), None, None)
    entry = issuer_document(Issuer(args.issuer, args.name, CredentialKind.COMMAND, None, (key,)))
    files.write_new(key_file, private_to_pem(private), secret=True)
    files.write_new(entry_file, json.dumps(entry, indent=2).encode() + b"\n", secret=False)
    say(f"secret key:   {key_file}  (keep it; gates obey it)")
    say(f"public entry: {entry_file}  (for gate trust sign)")
    return 0


@plain_errors("gate cmd sign")
def run_sign(args: argparse.Namespace) -> int:
    """Print a signed command."""
    say(command.sign(_command(args), _private(args.key)).decode("ascii"))
    return 0


@plain_errors("gate cmd send")
def run_send(args: argparse.Namespace) -> int:
    """Send a command, and say what came of it."""
    private = _private(args.key)
    return cmd_send.send(args, lambda: _command(args), lambda meant: command.sign(meant, private))


def _command(args: argparse.Namespace) -> Command:
    """Made as late as can be: its time runs."""
    now = SystemClock().now()
    if now.clock is ClockTrust.UNSET:
        raise CommandError("This machine's clock is not set, so no gate would believe when the command ends. Set it.")
    names = [name for name, _ in args.arg]
    if len(set(names)) != len(names):
        raise CommandError("One name is given twice with --arg.")
    return Command(
        transaction=str(ULID()),
        verb=Verb(args.verb),
        args=dict(args.arg),
        gate=args.gate,
        nonce=int(now.utc.timestamp() * 1_000_000),
        not_after=now.utc + timedelta(seconds=args.valid_for),
    )


def _private(path: Path) -> Ed25519PrivateKey:
    pem = files.read(path)
    try:
        private = private_from_pem(pem)
    except TrustError as error:
        raise CommandError(f"The key {path} cannot be used: {error}.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CommandError(f"The key {path} is not Ed25519. Make one with `gate cmd keygen`.")
    return private


def _verbs_of(role: Role) -> list[str]:
    return [verb.value for verb in Verb if role in ROLES[verb]]


def _meant(role: Role) -> str:
    """What a key with this role may say."""
    return ", ".join(_verbs_of(role)) or "nothing to one gate; what is published for all (docs/updates.md)"


def _gate(text: str) -> str:
    site, slash, gate = text.partition("/")
    if not slash or not topics.is_name(site) or not topics.is_name(gate):
        raise argparse.ArgumentTypeError(f"{text!r} is not SITE/GATE; write it as in office-1/gate-1")
    return text


def _argument(text: str) -> tuple[str, object]:
    """A name and its value: a whole number, true, false, or else a text."""
    name, equals, value = text.partition("=")
    if not equals or _NAME.fullmatch(name) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE; write it as in visit=12")
    if re.fullmatch("[0-9]{1,15}", value):
        return name, int(value)
    return name, {"true": True, "false": False}.get(value, value)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 1 <= seconds <= command.AHEAD.total_seconds():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 1 to 30")
    return seconds
