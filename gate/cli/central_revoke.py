"""``gate central revoke``, ``certificates`` and ``crl``: take away what a lost gate holds, and tell the broker."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gate.adapters.clock_system import SystemClock
from gate.central.config_enrol import EnrolConfig
from gate.central.issuing import Certified
from gate.central.registrar import certified
from gate.cli import files
from gate.cli.arguments import CommandError
from gate.cli.central_files import add_config, centre_errors, configured, who
from gate.cli.inert import inert, say
from gate.pki import making, withdrawing
from gate.pki.making import Authority, stamp
from gate.pki.withdrawing import Withdrawn

if TYPE_CHECKING:
    from gate.central.registrar_parts import Parts

MOST_REASON = 120


def add_to(commands: Any) -> None:
    """Add the three."""
    revoke = commands.add_parser(
        "revoke",
        help="let nothing that a lost gate holds count any more",
        description="Its certificates are renewed no more and stand on the list for the broker, its open tokens can be "
        "used no more, and its journal's key signs no more heads. A new unit may be enrolled under the same name.",
    )
    revoke.add_argument("gate", metavar="GATE", help="its id")
    revoke.add_argument("--reason", metavar="TEXT", required=True, type=_reason, help="kept; nothing about a person")
    revoke.add_argument(
        "--certificate",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="one of this gate that the centre did not give out, such as one of gate pki; as often as needed",
    )
    revoke.set_defaults(func=run_revoke)
    shown = commands.add_parser("certificates", help="what was given out, and until when it counts")
    shown.add_argument("gate", metavar="GATE", nargs="?", help="of one gate alone")
    shown.add_argument("--json", action="store_true", help="for a machine")
    shown.set_defaults(func=run_certificates)
    crl = commands.add_parser("crl", help="write the list of revoked certificates again, which a broker reads")
    crl.set_defaults(func=run_crl)
    for command in (revoke, shown, crl):
        add_config(command)


@centre_errors("gate central revoke")
def run_revoke(args: argparse.Namespace) -> int:
    """Revoke a gate."""
    from gate.central.registrar_parts import authority_of, open_parts  # noqa: PLC0415  (the drivers, for this alone)

    config, now = configured(args.config), SystemClock().now().utc
    authority = authority_of(config.enrol) if config.enrol.crl else None
    parts = open_parts(config)
    try:
        for path in args.certificate:
            parts.store.record(_foreign(path, args.gate, config.enrol, parts))
        known = args.gate in parts.registry.in_force().gates
        if not known and not parts.store.certificates(args.gate):
            raise CommandError(f"Neither the registry nor the certificates given out have a gate {inert(args.gate)}.")
        done = parts.store.revoke(args.gate, args.reason, who(), now)
        say(
            f"{args.gate}: {len(done.certificates)} certificates count no more, {done.tickets} open tokens and "
            f"{done.head_keys} keys of journals neither"
        )
        if authority is not None:
            _write_list(config.enrol, authority, parts, now)
    finally:
        parts.database.close()
    _advise(args.gate, config.enrol)
    return 0


@centre_errors("gate central certificates")
def run_certificates(args: argparse.Namespace) -> int:
    """Show them."""
    from gate.central.registrar_parts import open_parts  # noqa: PLC0415  (as above)

    parts = open_parts(configured(args.config))
    try:
        found = parts.store.certificates(args.gate)
    finally:
        parts.database.close()
    if args.json:
        say(json.dumps([_plain(one) for one in found], indent=1))
    else:
        for one in found:
            say(_line(one))
    return 0


@centre_errors("gate central crl")
def run_crl(args: argparse.Namespace) -> int:
    """Write the list."""
    from gate.central.registrar_parts import authority_of, open_parts  # noqa: PLC0415  (as above)

    config = configured(args.config)
    parts = open_parts(config)
    try:
        _write_list(config.enrol, authority_of(config.enrol), parts, SystemClock().now().utc)
    finally:
        parts.database.close()
    return 0


def _reason(text: str) -> str:
    if not text.strip() or len(text) > MOST_REASON or not text.isprintable():
        raise argparse.ArgumentTypeError(f"a reason is one line of 1 to {MOST_REASON} characters")
    return text.strip()


def _foreign(path: Path, gate: str, enrol: EnrolConfig, parts: Parts) -> Certified:
    from gate.central.registrar_parts import ca_of  # noqa: PLC0415  (as above)

    found = making.certificate_from_pem(files.read(path), str(path))
    if making.name_of(found) != gate or not making.is_signed_by(found, ca_of(enrol)):
        raise CommandError(f"{path} is no certificate of {inert(gate)} by the authority {enrol.ca}.")
    entry = parts.registry.in_force().gates.get(gate)
    return certified(found, entry.site if entry else "", found.not_valid_before_utc)


def _write_list(enrol: EnrolConfig, authority: Authority, parts: Parts, now: datetime) -> None:
    path = enrol.crl
    if path is None:
        raise CommandError("enrol.crl is empty: name the file that the broker reads as its crlfile.")
    before = files.read(path) if path.exists() else None
    gone = [one for one in parts.store.certificates() if one.revoked is not None and one.ends > now]
    listed = [Withdrawn(int(one.serial, 16), one.revoked) for one in gone if one.revoked is not None]
    files.replace(path, withdrawing.listed(authority, listed, withdrawing.after(before, now)))
    say(f"list: {path}  ({len(listed)} certificates)")


def _advise(gate: str, enrol: EnrolConfig) -> None:
    say("At the broker, so that it is shut out now:")
    if enrol.crl is not None:
        say(f"  with crlfile {enrol.crl} in mosquitto.conf: systemctl restart mosquitto")
        say("  (a reload refuses new connections, and leaves one that stands)")
    say("  or, until another unit has its name, these lines in the access list, and systemctl reload mosquitto:")
    say(f"    user {gate}")
    say("    topic deny #")


def _line(one: Certified) -> str:
    state = (
        f"revoked {stamp(one.revoked)} by {one.revoked_by} ({one.reason})"
        if one.revoked
        else f"until {stamp(one.ends)}"
    )
    how = f"token {one.ticket}" if one.ticket else "renewal"
    return inert(f"{one.gate} of {one.site}: {one.serial}, issued {stamp(one.issued)} ({how}), {state}")


def _plain(one: Certified) -> dict[str, Any]:
    moments = {name: stamp(getattr(one, name)) for name in ("begins", "ends", "issued")}
    revoked = {"revoked": stamp(one.revoked) if one.revoked else None, "revoked_by": one.revoked_by}
    revoked |= {"reason": one.reason}
    return {"serial": one.serial, "site": one.site, "gate": one.gate, "key": one.key, **moments, **revoked}
