"""``gate pki``: an authority and certificates for the broker, the gates and the staff of a test or a small site."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from gate.adapters.clock_system import SystemClock
from gate.cli import files
from gate.cli.arguments import CommandError, plain_errors, span
from gate.cli.inert import inert, say
from gate.credential.instant import ClockTrust
from gate.pki import making
from gate.pki.making import Authority, certificate_from_pem, certificate_to_pem, key_from_pem, key_to_pem, stamp

CA_LENGTH, LENGTH, SOON = timedelta(days=3650), timedelta(days=365), timedelta(days=30)
ENDS_SOON = 1
CA = "ca"
_NAME = re.compile("[a-z0-9][a-z0-9.-]{0,62}")
_HOST = re.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
RESERVED = frozenset({CA, "site", "all"})
"""Names that mean something else in a folder of certificates, or in the topics."""


def add_parser(subparsers: Any) -> None:
    """Add ``pki`` and its subcommands."""
    parser = subparsers.add_parser("pki", help="make certificates for the broker, the gates and the staff")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_ca(commands)
    _add_issue(commands)
    _add_renew(commands)
    _add_show(commands)


def _add_ca(commands: Any) -> None:
    parser = commands.add_parser(
        "ca",
        help="make the authority",
        description="Writes DIR/ca.key (secret, mode 0600: keep it offline) and DIR/ca.crt, for the broker and "
        "every client.",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for both files")
    parser.add_argument("--name", default="gate authority", help="what it is called; default: %(default)s")
    _add_length(parser, CA_LENGTH, "3650d")
    _add_force(parser)
    parser.set_defaults(func=run_ca)


def _add_issue(commands: Any) -> None:
    parser = commands.add_parser(
        "issue",
        help="issue a certificate",
        description="Writes DIR/NAME.key (secret, mode 0600) and DIR/NAME.crt. With --host it is for a broker, without "
        "for a client, which the broker then knows as NAME: a gate's gate.id, staff.desk-1, centre.ingest.",
    )
    parser.add_argument("name", metavar="NAME", type=_name, help="lower-case letters, digits, dots and hyphens")
    parser.add_argument("--ca", metavar="DIR", type=Path, required=True, help="folder of the authority")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for both files")
    parser.add_argument(
        "--host", metavar="H", type=_host, action="append", default=[], help="a name or address of the broker"
    )
    _add_length(parser, LENGTH, "365d")
    _add_force(parser)
    parser.set_defaults(func=run_issue)


def _add_renew(commands: Any) -> None:
    parser = commands.add_parser(
        "renew",
        help="give a certificate a new end",
        description="Replaces CERT as a whole by one with the same name, hosts and key: a gate takes it up at its next "
        "connection to the broker, without a restart.",
    )
    parser.add_argument("certificate", metavar="CERT", type=Path)
    parser.add_argument("--ca", metavar="DIR", type=Path, required=True, help="folder of the authority")
    _add_length(parser, LENGTH, "365d")
    parser.set_defaults(func=run_renew)


def _add_show(commands: Any) -> None:
    parser = commands.add_parser(
        "show",
        help="show certificates and when they end",
        epilog="Exit code 0: all are good for longer than --within; 1: one ends sooner, or has ended; 2: not readable.",
    )
    parser.add_argument("certificates", metavar="CERT", type=Path, nargs="+")
    parser.add_argument("--within", metavar="SPAN", type=span, default=SOON, help="how soon is soon; default: 30d")
    parser.set_defaults(func=run_show)


def _add_length(parser: Any, usual: timedelta, words: str) -> None:
    parser.add_argument("--valid-for", metavar="SPAN", type=span, default=usual, help=f"8h, 30d, 4w; default: {words}")


def _add_force(parser: Any) -> None:
    parser.add_argument(
        "--force", action="store_true", help="replace files that exist, and with them their key for good"
    )


@plain_errors("gate pki ca")
def run_ca(args: argparse.Namespace) -> int:
    """Make an authority."""
    if not 0 < len(args.name) <= 64 or not args.name.isprintable():  # noqa: PLR2004  (X.520: ub-common-name)
        raise CommandError("The name must be 1 to 64 printable characters.")
    key = making.new_key()
    certificate = making.self_signed(args.name, key, _now(), args.valid_for)
    _write_pair(args.out, CA, certificate, key_to_pem(key), force=args.force)
    return 0


@plain_errors("gate pki issue")
def run_issue(args: argparse.Namespace) -> int:
    """Issue a certificate."""
    authority, key = _authority(args.ca), making.new_key()
    certificate = making.issued(authority, args.name, key.public_key(), args.host, (_now(), args.valid_for))
    _write_pair(args.out, args.name, certificate, key_to_pem(key), force=args.force)
    return 0


@plain_errors("gate pki renew")
def run_renew(args: argparse.Namespace) -> int:
    """Give a certificate a new end."""
    old, authority = _certificate(args.certificate), _authority(args.ca)
    if not making.is_of(old, authority) or old.subject == old.issuer:
        raise CommandError(f"{args.certificate} was not issued by the authority in {args.ca}.")
    public: Any = old.public_key()
    again = making.issued(authority, making.name_of(old), public, making.hosts_of(old), (_now(), args.valid_for))
    files.replace(args.certificate, certificate_to_pem(again))
    say(f"certificate: {args.certificate}  (until {stamp(again.not_valid_after_utc)}; its key stays)")
    return 0


@plain_errors("gate pki show")
def run_show(args: argparse.Namespace) -> int:
    """Show certificates."""
    now, code = _now(), 0
    for path in args.certificates:
        certificate = _certificate(path)
        left = certificate.not_valid_after_utc - now
        said = _ends(certificate, now, args.within)
        code = ENDS_SOON if left <= args.within else code
        hosts = making.hosts_of(certificate)
        for_whom = f"broker {inert(', '.join(hosts))}" if hosts else "client"
        if certificate.subject == certificate.issuer:
            for_whom = "authority"
        say(f"{path}: {inert(making.name_of(certificate))} ({for_whom}), until {said}")
    return code


def _ends(certificate: x509.Certificate, now: datetime, within: timedelta) -> str:
    end = certificate.not_valid_after_utc
    if end <= now:
        return f"{stamp(end)}  EXPIRED"
    if certificate.not_valid_before_utc > now:
        return f"{stamp(end)}  NOT VALID BEFORE {stamp(certificate.not_valid_before_utc)}"
    return f"{stamp(end)}, {(end - now).days} days left{'  RENEW IT' if end - now <= within else ''}"


def _write_pair(folder: Path, name: str, certificate: x509.Certificate, key: bytes, *, force: bool) -> None:
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.crt"
    files.make_folder(folder)
    if force:
        for path in (key_file, certificate_file):
            with files.explained("replace", path):
                path.unlink(missing_ok=True)
    files.require_absent(key_file, certificate_file)
    files.write_new(key_file, key, secret=True)
    files.write_new(certificate_file, certificate_to_pem(certificate), secret=False)
    say(f"secret key:  {key_file}")
    say(f"certificate: {certificate_file}  (until {stamp(certificate.not_valid_after_utc)})")


def _authority(folder: Path) -> Authority:
    certificate_file, key_file = folder / f"{CA}.crt", folder / f"{CA}.key"
    key = key_from_pem(files.read(key_file), str(key_file))
    certificate = _certificate(certificate_file)
    if certificate.public_key() != key.public_key():
        raise CommandError(f"{key_file} is not the key of {certificate_file}.")
    return Authority(certificate, key)


def _certificate(path: Path) -> x509.Certificate:
    return certificate_from_pem(files.read(path), str(path))


def _now() -> datetime:
    now = SystemClock().now()
    if now.clock is ClockTrust.UNSET:
        raise CommandError("This machine's clock is not set, so a certificate would begin and end at the wrong time.")
    return now.utc


def _name(text: str) -> str:
    if _NAME.fullmatch(text) is None or text in RESERVED:
        allowed = "lower-case letters, digits, dots and hyphens, and is neither ca nor site nor all"
        raise argparse.ArgumentTypeError(f"{text!r} is not a name; one has {allowed}")
    return text


def _host(text: str) -> str:
    if _HOST.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not the name or address of a machine")
    return text
