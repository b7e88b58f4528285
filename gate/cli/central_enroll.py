"""``gate central enroll``, ``enroll-serve`` and ``sign``: a token for one gate, and its certificate for the token."""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from gate.adapters.clock_system import SystemClock
from gate.adapters.notify_systemd import SystemdNotifier
from gate.cli import files
from gate.cli.arguments import CommandError, span
from gate.cli.central_files import add_config, centre_errors, configured, who
from gate.cli.inert import inert, say
from gate.pki import requests
from gate.pki.making import stamp
from gate.service.supervisor import Supervisor, stop_on_signals
from gate.service.threads import Worker, let_process_live, watch_foreign_threads
from gate.wire import enrolment, token
from gate.wire.enrolment import Refused

REFUSED = 1


def add_to(commands: Any) -> None:
    """Add the three."""
    enroll = commands.add_parser(
        "enroll",
        help="make a one-time token, with which a gate gets its certificate",
        description="Prints the token, which is a secret: whoever has it first is that gate. It can be used once, "
        "until it expires; what is kept of it can only check it. On the gate: gate enroll",
    )
    enroll.add_argument("site", metavar="SITE", help="the office's id in the registry")
    enroll.add_argument("gate", metavar="GATE", help="the gate's id in the registry")
    enroll.add_argument("--valid-for", metavar="TIME", type=span, help="such as 2h or 7d (default: enrol.token_hours)")
    enroll.set_defaults(func=run_enroll)
    serve = commands.add_parser(
        "enroll-serve",
        help="give out and renew certificates over HTTPS, in the foreground",
        description="The only part of the centre that needs the authority's key; it may run under a user of its own.",
    )
    serve.set_defaults(func=run_serve)
    sign = commands.add_parser(
        "sign",
        help="answer a request that was carried here: gate enroll --request",
        description="Prints the answer, or writes it to a file, for gate enroll --answer. Exits 1 when it is refused.",
    )
    sign.add_argument("request", metavar="FILE", type=Path)
    sign.add_argument("--out", metavar="FILE", type=Path, help="where to write the answer; it must not exist")
    sign.set_defaults(func=run_sign)
    for command in (enroll, serve, sign):
        add_config(command)


@centre_errors("gate central enroll")
def run_enroll(args: argparse.Namespace) -> int:
    """Make a token."""
    from gate.central.registrar import ticket_of, token_for  # noqa: PLC0415  (the drivers, for this command alone)
    from gate.central.registrar_parts import ca_of, open_parts  # noqa: PLC0415  (as above)

    config = configured(args.config)
    if not config.enrol.address:
        raise CommandError("enrol.address is empty: a token has to say where the gate finds the centre.")
    public: Any = ca_of(config.enrol).public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise CommandError(f"The authority {config.enrol.ca} is none of gate pki.")
    parts = open_parts(config)
    try:
        pin, secret = requests.fingerprint(public), secrets.token_bytes(token.SECRET_BYTES)
        made = token_for(parts.registry.in_force(), args.site, args.gate, config.enrol.address, pin, secret)
        if isinstance(made, str):
            raise CommandError(f"{made}.")
        length = args.valid_for or timedelta(hours=config.enrol.token_hours)
        ticket = ticket_of(made, who(), SystemClock().now().utc, length)
        parts.store.add_ticket(ticket)
    finally:
        parts.database.close()
    say(token.write(made))
    print(f"token {ticket.id} for {ticket.gate} of {ticket.site}, until {stamp(ticket.expires)}", file=sys.stderr)
    print(
        "It is a secret, and used once. On the gate, as its user: gate enroll, and paste it when asked", file=sys.stderr
    )
    return 0


@centre_errors("gate central enroll-serve")
def run_serve(args: argparse.Namespace) -> int:
    """Exit code 0: stopped in order; 1: a part failed; 2: it could not start."""
    from gate.central.registrar_parts import listener_of, open_parts, registrar_of  # noqa: PLC0415  (as above)

    config = configured(args.config)
    level = config.log.level.upper()
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    clock, parts = SystemClock(), open_parts(config)
    try:
        listener = listener_of(config, registrar_of(config, parts, lambda: clock.now().utc))
        supervisor = Supervisor(SystemdNotifier.from_environment(), lambda: f"listening at port {listener.port}")
        watch_foreign_threads(supervisor.foreign_thread_ended)
        stop_on_signals(supervisor)
        return supervisor.run([Worker("registrar", listener.run, supervisor.ended)])
    finally:
        parts.database.close()
        let_process_live()


@centre_errors("gate central sign")
def run_sign(args: argparse.Namespace) -> int:
    """Answer a request from a file."""
    from gate.central.registrar_parts import open_parts, registrar_of  # noqa: PLC0415  (as above)

    config, clock = configured(args.config), SystemClock()
    request = files.read(args.request, enrolment.MOST_BYTES)
    if args.out:
        files.require_absent(args.out)
    parts = open_parts(config)
    try:
        found = registrar_of(config, parts, lambda: clock.now().utc).enrol(request)
    finally:
        parts.database.close()
    if isinstance(found, Refused):
        print(f"gate central sign: refused ({found.reason}): {inert(found.text)}", file=sys.stderr)
        return REFUSED
    answer = enrolment.answer(found)
    if args.out:
        files.write_new(args.out, answer, secret=False)
        say(f"answer: {args.out}  (carry it to the gate: gate enroll --answer {inert(args.out.name)})")
    else:
        say(answer.decode("ascii"))
    return 0
