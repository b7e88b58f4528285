"""``gate enroll``: get this gate's own certificate for a one-time token. Its key is made here and never leaves."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gate.adapters import registrar_https
from gate.adapters.clock_system import SystemClock
from gate.adapters.head_key import HeadKey
from gate.adapters.own_certificate import CertificateFiles
from gate.cli import files
from gate.cli.arguments import CommandError, plain_errors
from gate.cli.check_config import USUAL_FILE
from gate.cli.inert import inert, say
from gate.credential.instant import ClockTrust
from gate.pki import checking, making, requests
from gate.pki.errors import PkiError
from gate.ports import AdapterError
from gate.service.config import Config, ConfigErrors, load
from gate.wire import enrolment
from gate.wire import token as tokens
from gate.wire.enrolment import Issued, Refused
from gate.wire.token import Token

REFUSED = 1
USUAL_FOLDER = Path("/var/lib/gate/tls")


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "enroll",
        help="get this gate's own certificate for a one-time token",
        description="Run it as the user of the service: sudo -u gate gate enroll. It makes a key, asks the centre that "
        "the token names, checks the answer, and puts certificate, key and authority where the configuration has them. "
        "When it was cut short, run it again with the same token.",
    )
    parser.add_argument(
        "token",
        metavar="TOKEN",
        nargs="?",
        help="better not here: everybody on this machine can read it in the list of processes, and the shell keeps it. "
        "Without it and without a file it is asked for",
    )
    parser.add_argument("--token-file", metavar="FILE", type=Path, help="a file that holds the token; - is stdin")
    parser.add_argument("--config", metavar="FILE", type=Path, default=USUAL_FILE, help="default: %(default)s")
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        help=f"where to put the files, whatever the configuration has (without either: {USUAL_FOLDER})",
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--request",
        metavar="FILE",
        type=Path,
        help="without a network: write the request there, to carry it to the centre: gate central sign FILE",
    )
    way.add_argument("--answer", metavar="FILE", type=Path, help="what gate central sign has answered")
    parser.add_argument("--force", action="store_true", help="though there is a certificate; with a new key")
    parser.set_defaults(func=run)


@plain_errors("gate enroll")
def run(args: argparse.Namespace) -> int:
    """Exit code 0: enrolled; 1: the centre refuses; 2: it could not be done."""
    token = _token(args)
    place = _place(args, token)
    if args.answer is None:
        _refuse_to_replace(place.files, force=args.force)
    key = _key(place.files)
    request = enrolment.ask(token, requests.made(token.gate, key), place.head)
    if args.request:
        files.write_new(args.request, request, secret=False)
        say(f"request: {args.request}  (carry it to the centre: gate central sign {inert(args.request.name)})")
        return 0
    found = _answer(args.answer) if args.answer else _asked(token, request, place.files, force=args.force)
    if isinstance(found, Refused):
        print(f"gate enroll: the centre refuses ({found.reason}): {inert(found.text)}.", file=sys.stderr)
        return REFUSED
    _install(place.files, token, key, found, force=args.force)
    _say_next(place, args.config, token)
    return 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files go; whether the configuration knows of them, and where it has them renewed."""

    files: CertificateFiles
    configured: bool
    renewed_at: str
    head: str | None = None
    """The key of the gate's journal."""


def _token(args: argparse.Namespace) -> Token:
    if args.token and args.token_file:
        raise CommandError("Give the token once: as an argument or in a file.")
    found = tokens.read(args.token or _line(args.token_file))
    if isinstance(found, str):
        raise CommandError(f"That is no token: {found}.")
    return found


def _line(file: Path | None) -> str:
    if file is None and sys.stdin.isatty():
        return getpass.getpass("token: ")
    if file is None or file == Path("-"):
        return sys.stdin.read(tokens.MOST_CHARS + 2)
    try:
        return files.read(file, tokens.MOST_CHARS + 2).decode("ascii")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} holds no token.") from error


def _place(args: argparse.Namespace, token: Token) -> Place:
    """Where the configuration has the files, once it is sure that it is this gate's."""
    config = _config(args.config, needed=args.out is None)
    if config is not None and (config.site.id, config.gate.id) != (token.site, token.gate):
        raise CommandError(
            f"The token is for {token.gate} of {token.site}, and {args.config} is of {config.gate.id} of "
            f"{config.site.id}: ask for another token, or correct the file."
        )
    mqtt, head = config.mqtt if config else None, _head(config)
    if args.out is None and mqtt and mqtt.tls_ca and mqtt.tls_certificate and mqtt.tls_key:
        own = CertificateFiles(mqtt.tls_ca, mqtt.tls_certificate, mqtt.tls_key)
        return Place(own, configured=True, renewed_at=mqtt.renew_at, head=head)
    folder = (args.out or USUAL_FOLDER).absolute()
    files.make_folder(folder)
    made = CertificateFiles(folder / "ca.crt", folder / f"{token.gate}.crt", folder / f"{token.gate}.key")
    known = mqtt and (mqtt.tls_ca, mqtt.tls_certificate, mqtt.tls_key) == (made.ca, made.certificate, made.key)
    return Place(made, configured=bool(known), renewed_at=mqtt.renew_at if mqtt else "", head=head)


def _head(config: Config | None) -> str | None:
    """The key with which this gate signs its journal, made where there is none; the service then finds it there.

    Not by another user than the one of the folder, whose service could not read it.
    """
    if config is None or not config.journal.path.parent.is_dir():
        return None
    path = config.journal.path.with_name(f"{config.journal.path.name}.key")
    if not path.exists() and path.parent.stat().st_uid != os.geteuid():
        return None
    return HeadKey(path).public


def _config(path: Path, *, needed: bool) -> Config | None:
    try:
        return load(path) if needed or path.exists() else None
    except ConfigErrors as errors:
        raise CommandError(f"{errors}\nMend it, or name a folder: --out FOLDER.") from None


def _refuse_to_replace(there: CertificateFiles, *, force: bool) -> None:
    """A certificate that has its key stays, but by force."""
    if force or not _is_whole(there):
        return
    until = making.certificate_from_pem(there.read()[0], str(there.certificate)).not_valid_after_utc
    raise CommandError(
        f"This gate has a certificate already, until {making.stamp(until)}: {there.certificate}. "
        "The service renews it by itself; --force asks for a new one, with a new key."
    )


def _is_whole(there: CertificateFiles) -> bool:
    try:
        certificate, key = there.read()
        own = making.certificate_from_pem(certificate, str(there.certificate)).public_key()
        return own == making.key_from_pem(key, str(there.key)).public_key()
    except (AdapterError, PkiError):
        return False


def _key(there: CertificateFiles) -> ec.EllipticCurvePrivateKey:
    """A new key, on the disk before anybody is asked about it; or the one of an enrolment that was cut short."""
    waiting = _waiting(there)
    for path in (there.key, waiting.key):
        if path.exists() and (path == waiting.key or not _is_whole(there)):
            return making.key_from_pem(CertificateFiles(there.ca, there.certificate, path).read_key(), str(path))
    key = making.new_key()
    waiting.keep_key(making.key_to_pem(key))
    return key


def _waiting(there: CertificateFiles) -> CertificateFiles:
    """Where the key waits for its certificate."""
    return CertificateFiles(there.ca, there.certificate, there.key.with_name(f"{there.key.name}.asked"))


def _asked(token: Token, request: bytes, there: CertificateFiles, *, force: bool) -> Issued | Refused:
    """Ask the centre, once it has shown that it is the one that the token means."""
    authority = registrar_https.fetch_authority(token.address)
    _has_room_for(checking.authority_of(authority, token.pin), there, force=force)
    return registrar_https.enrol(token.address, authority, request)


def _answer(path: Path) -> Issued | Refused:
    found = enrolment.read_answer(files.read(path, enrolment.MOST_BYTES))
    if isinstance(found, str):
        raise CommandError(f"{path}: {found}.")
    return found


def _install(
    there: CertificateFiles, token: Token, key: ec.EllipticCurvePrivateKey, found: Issued, *, force: bool
) -> None:
    authority = checking.authority_of(found.authority, token.pin)
    now = SystemClock().now()
    moment = None if now.clock is ClockTrust.UNSET else now.utc
    own = checking.client_certificate(found.certificate, authority, token.gate, key.public_key(), moment)
    if _has_room_for(authority, there, force=force):
        there.keep_authority(making.certificate_to_pem(authority))
    there.keep_key(making.key_to_pem(key))
    there.replace(making.certificate_to_pem(own))
    with files.explained("remove", _waiting(there).key):
        _waiting(there).key.unlink(missing_ok=True)
    say(f"certificate: {there.certificate}  (for {token.gate}, until {making.stamp(own.not_valid_after_utc)})")
    say(f"key:         {there.key}  (keep it here: it never leaves this machine)")
    say(f"authority:   {there.ca}")


def _has_room_for(authority: x509.Certificate, there: CertificateFiles, *, force: bool) -> bool:
    """Whether the authority is to be written; not where the file holds it already, perhaps beside others."""
    if force or not there.ca.exists():
        return True
    if making.certificate_to_pem(authority).strip() in there.authority():
        return False
    raise CommandError(f"{there.ca} holds another authority: put this one beside it, or replace it with --force.")


def _say_next(place: Place, config: Path, token: Token) -> None:
    names = () if place.configured else ("ca", "certificate", "key")
    lines = [f'  tls_{name} = "{getattr(place.files, name)}"' for name in names]
    if place.renewed_at != token.address:
        lines.append(f'  renew_at = "{token.address}"')
    if lines:
        say(f"Write into [mqtt] of {config}:")
        for line in lines:
            say(line)
    say("Then: gate check-config && sudo systemctl restart gate")
