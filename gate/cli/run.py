"""``gate run``: the service of one access point, in the foreground."""

from __future__ import annotations

import argparse
import logging
import sys
from functools import partial
from pathlib import Path
from typing import Any

from gate.cli.loading import keep, loading
from gate.service.config import ConfigErrors, load
from gate.service.config_schema import Config
from gate.service.retired_mark import mark_of


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser("run", help="run the service of one access point in the foreground")
    parser.add_argument("--config", type=Path, required=True, help="the configuration file (see config/gate.toml)")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0: stopped in order; 1: a part failed; 2: it could not start."""
    try:
        config = load(args.config)
    except ConfigErrors as errors:
        print(errors, file=sys.stderr)
        return 2
    _log_to_stderr(config)
    if mark_of(config).exists():
        return _retired(config)
    with loading():
        from gate.service.camera_parts import warming  # noqa: PLC0415  (loads numpy; not for a bad file)

        camera = warming(config.camera)  # a sensor needs a second or two, in which the rest is loaded
        from gate.service.app import run_gate  # noqa: PLC0415  (loads every driver)
        from gate.service.opening import StartError  # noqa: PLC0415  (loads numpy)
    keep()
    try:
        return run_gate(config, camera, partial(load, args.config))
    except StartError as error:
        print(error, file=sys.stderr)
        return 2


def _retired(config: Config) -> int:
    """The gate's mandate has ended: an open door."""
    from gate.service.opening import StartError  # noqa: PLC0415  (loads numpy)
    from gate.service.retired import run_retired  # noqa: PLC0415  (loads every driver)

    try:
        return run_retired(config)
    except StartError as error:
        print(error, file=sys.stderr)
        return 2


def _log_to_stderr(config: Config) -> None:
    logging.basicConfig(level=config.log.level.upper(), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
