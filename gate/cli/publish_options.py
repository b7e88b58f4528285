"""What publishing commands are told: by options, and what is not given by the desk's file.

An option outweighs the file. A broker that is named by an option is another one: the login of the file is not for it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gate.central import desk
from gate.central.config_schema import BrokerConfig
from gate.central.desk import DeskConfig
from gate.cli import cmd_send
from gate.cli.arguments import CommandError
from gate.configuration.errors import ConfigErrors

USUAL_FILE = Path("/etc/gate-central/desk.toml")


def add_desk(parser: Any) -> None:
    """The desk's file, and the broker."""
    parser.add_argument(
        "--desk", metavar="FILE", type=Path, help=f"keys, lists and broker; default: {USUAL_FILE}, if it exists"
    )
    cmd_send.add_where(parser)
    parser.set_defaults(host=None)


def completed(args: argparse.Namespace) -> DeskConfig:
    """Fill in the broker from the desk's file, and give the rest of it. Raises ``CommandError``."""
    config = _config(args.desk)
    if args.host is None and args.port is None:
        _take_broker(args, config.broker)
    args.host = args.host or "localhost"
    return config


def needed(given: Path | None, of_desk: Path | None, option: str, key: str) -> Path:
    """The file that an option or the desk names. Raises ``CommandError``."""
    found = given or of_desk
    if found is None:
        raise CommandError(f"Say {option}, or {key} in the desk's file.")
    return found


def _config(path: Path | None) -> DeskConfig:
    if path is None and not USUAL_FILE.exists():
        return DeskConfig()
    try:
        return desk.load(path or USUAL_FILE)
    except ConfigErrors as errors:
        raise CommandError(str(errors)) from None


def _take_broker(args: argparse.Namespace, broker: BrokerConfig) -> None:
    args.host, args.port = broker.host, broker.port
    args.username = args.username or broker.username or None
    args.password_file = args.password_file or broker.password_file
    if args.ca is None:
        args.ca, args.cert, args.cert_key = broker.tls_ca, broker.tls_certificate, broker.tls_key
