"""How a command says who it is to the broker: a certificate, or a name and a password."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.cli.arguments import CommandError

PLAIN_PORT, TLS_PORT = 1883, 8883


def add_login(parser: Any) -> None:
    """The options."""
    parser.add_argument("--ca", metavar="FILE", type=Path, help="speak TLS, to a broker of this authority")
    parser.add_argument("--cert", metavar="FILE", type=Path, help="the certificate to show to the broker")
    parser.add_argument("--cert-key", metavar="FILE", type=Path, help="its key")
    parser.add_argument("--username", help="the name to log in with")
    parser.add_argument("--password-file", metavar="FILE", type=Path, help="a file that holds the password")


def port_of(args: argparse.Namespace) -> int:
    """The broker's port: the one that is given, or the usual one."""
    return int(args.port or (TLS_PORT if args.ca else PLAIN_PORT))


def tls_of(args: argparse.Namespace) -> TlsFiles | None:
    """The files for TLS; None without. Raises ``CommandError`` for half of them."""
    if (args.cert is None) is not (args.cert_key is None):
        raise CommandError("--cert and --cert-key go together.")
    if args.ca is None:
        if args.cert is not None:
            raise CommandError("--cert needs --ca: without it there is no TLS.")
        return None
    return tls_files(args.ca, args.cert, args.cert_key)


def tls_files(ca: Path, certificate: Path | None, key: Path | None) -> TlsFiles:
    """These files, read with this machine's clock."""
    return TlsFiles(lambda: SystemClock().now().utc, ca, certificate, key)
