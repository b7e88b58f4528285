"""Which journal a command is about: a file that is named, or the one of a gate's configuration."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.adapters.journal_sqlite import JournalReader
from gate.cli.arguments import CommandError
from gate.cli.check_config import USUAL_FILE
from gate.service.config import ConfigErrors, load


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the two ways to name a journal."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--journal", metavar="FILE", type=Path, help="the journal's file")
    where.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=USUAL_FILE,
        help="whose journal.path it is; default: %(default)s",
    )


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[JournalReader]:
    """The journal at one moment, read beside the service. Raises ``CommandError`` or ``AdapterError``."""
    with JournalReader(path_of(args)) as reader, reader.still():
        yield reader


def path_of(args: argparse.Namespace) -> Path:
    """The journal's file."""
    if args.journal is not None:
        return Path(args.journal)
    try:
        return load(args.config).journal.path
    except ConfigErrors as errors:
        raise CommandError(f"{errors}\nMend the configuration, or name the journal with --journal FILE.") from errors
