"""``gate central run``: one worker of the centre, in the foreground."""

from __future__ import annotations

import argparse
import dataclasses
import logging
import sys
from pathlib import Path
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.adapters.notify_systemd import SystemdNotifier
from gate.central.config import ConfigErrors, load
from gate.central.config_schema import NAME, Config
from gate.central.store import StoreError
from gate.cli.loading import loading
from gate.configuration.kinds import Unfit
from gate.service.supervisor import Supervisor, stop_on_signals
from gate.service.threads import Worker, let_process_live, watch_foreign_threads

USUAL_FILE = Path("/etc/gate-central/central.toml")
PATIENCE_S = 60.0
"""A database may take so long for a batch: it waits for other workers, or for a server that has vanished."""


def add_to(commands: Any) -> None:
    """Add ``run``."""
    parser = commands.add_parser(
        "run",
        help="keep what the gates tell, in the foreground",
        description="One worker. Start it again with another name for more: they share what the gates say.",
    )
    parser.add_argument("--config", metavar="FILE", type=Path, default=USUAL_FILE, help="default: %(default)s")
    parser.add_argument("--worker", metavar="NAME", type=_worker, help="instead of ingest.worker in the file")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0: stopped in order; 1: a part failed; 2: it could not start."""
    try:
        config = load(args.config)
    except ConfigErrors as errors:
        print(errors, file=sys.stderr)
        return 2
    if args.worker is not None:
        config = dataclasses.replace(config, ingest=dataclasses.replace(config.ingest, worker=args.worker))
    level = config.log.level.upper()
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        return _supervised(config)
    except StoreError as error:
        print(error, file=sys.stderr)
    except ImportError as error:
        print(f"gate central run: {error.name} is missing: pip install 'gate[central]'", file=sys.stderr)
    return 2


def _worker(text: str) -> str:
    try:
        return NAME.read(text, Path())
    except Unfit as unfit:
        raise argparse.ArgumentTypeError(str(unfit)) from None


def _supervised(config: Config) -> int:
    with loading():
        from gate.central.app import StartError, open_centre  # noqa: PLC0415  (loads every driver; not for a bad file)
    clock = SystemClock()
    try:
        centre = open_centre(config, lambda: clock.now().utc)
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        supervisor = Supervisor(SystemdNotifier.from_environment(), centre.status)
        watch_foreign_threads(supervisor.foreign_thread_ended)
        stop_on_signals(supervisor)
        return supervisor.run([Worker("ingest", centre.run, supervisor.ended, PATIENCE_S)])
    finally:
        centre.close()
        let_process_live()
