"""What the commands of the centre share: the configuration, what can go wrong with the database, and who asks."""

from __future__ import annotations

import argparse
import functools
import os
from collections.abc import Callable
from pathlib import Path

from gate.central.config import Config, ConfigErrors, load
from gate.central.store import StoreError
from gate.cli.arguments import CommandError, Run, plain_errors
from gate.cli.central_run import USUAL_FILE
from gate.cli.loading import loading


def add_config(command: argparse.ArgumentParser) -> None:
    """Add the option that names the configuration."""
    command.add_argument("--config", metavar="FILE", type=Path, default=USUAL_FILE, help="default: %(default)s")


def configured(path: Path) -> Config:
    """The configuration. Raises ``CommandError``."""
    try:
        return load(path)
    except ConfigErrors as errors:
        raise CommandError(str(errors)) from None


def centre_errors(command: str) -> Callable[[Run], Run]:
    """``plain_errors``, with what can be wrong with the parts of the centre."""

    def wrap(run: Run) -> Run:
        @plain_errors(command)
        @functools.wraps(run)
        def wrapped(args: argparse.Namespace) -> int:
            with loading():
                from gate.central.adapters.listener import ListenError  # noqa: PLC0415  (loads drivers)
                from gate.central.app import StartError  # noqa: PLC0415  (loads every driver)
            try:
                return run(args)
            except (StartError, StoreError, ListenError) as error:
                raise CommandError(str(error)) from error

        return wrapped

    return wrap


def who() -> str:
    """The account that runs the command."""
    return f"uid-{os.getuid()}"
