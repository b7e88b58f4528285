"""What the commands of staff share: the centre's configuration, its database, the registry, who asks, and the clock."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from gate.adapters.clock_system import SystemClock
from gate.central.adapters.sql.engine import Database
from gate.central.app import StartError, open_store
from gate.central.config import ConfigErrors, load
from gate.central.config_schema import Config
from gate.central.registry import Registry
from gate.central.registry_files import load as load_registry
from gate.central.registry_problems import RegistryErrors
from gate.central.store import StoreError
from gate.cli.arguments import CommandError
from gate.cli.central_run import USUAL_FILE
from gate.cli.watch_words import LANGUAGES
from gate.wire import topics

_FILE = "sqlite:///"


def add_where(parser: argparse.ArgumentParser, *, json: bool = True) -> None:
    """The options that every command of staff has."""
    parser.add_argument("--config", metavar="FILE", type=Path, default=USUAL_FILE, help="default: %(default)s")
    parser.add_argument(
        "--language", "--lang", choices=LANGUAGES, default="en", help="English or Indonesian (default en)"
    )
    if json:
        parser.add_argument("--json", action="store_true", help="for a machine")


def add_registry(parser: argparse.ArgumentParser) -> None:
    """Where offices and gates are listed, if not where the configuration says."""
    parser.add_argument(
        "--registry",
        metavar="FILE",
        type=Path,
        action="append",
        help="a file of offices and gates, .toml or .csv; may be given several times; default: registry.files",
    )


def configured(args: argparse.Namespace) -> Config:
    """The configuration. Raises ``CommandError``."""
    try:
        return load(args.config)
    except ConfigErrors as errors:
        raise CommandError(str(errors)) from None


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Database]:
    """The centre's database; whatever it cannot do becomes a ``CommandError``."""
    config = configured(args)
    _require(config.store.url)
    try:
        database = open_store(config.store)
        try:
            yield database
        finally:
            database.close()
    except (StoreError, StartError) as error:
        raise CommandError(str(error)) from None


def registry(args: argparse.Namespace) -> Registry:
    """The offices and gates. Raises ``CommandError``."""
    try:
        return load_registry(args.registry or configured(args).registry.files)
    except RegistryErrors as errors:
        raise CommandError(str(errors)) from None


def account() -> str:
    """Who asks: the account of the operating system, as ``gate ctl`` names it."""
    return f"uid-{os.getuid()}"


def now() -> datetime:
    """The time in UTC."""
    return SystemClock().now().utc


def name(text: str) -> str:
    """A site or a gate."""
    if not topics.is_name(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a name; use lower-case letters, digits and hyphens")
    return text


def gate(text: str) -> tuple[str, str]:
    """A gate as SITE/GATE."""
    site, slash, unit = text.partition("/")
    if not slash:
        raise argparse.ArgumentTypeError(f"{text!r} is not a gate; write it as SITE/GATE, such as office-1/gate-1")
    return name(site), name(unit)


def _require(url: str) -> None:
    """A database that is not there yet is for the centre to make: made by another account, it could not be written."""
    path = Path(url.removeprefix(_FILE))
    if url.startswith(_FILE) and not path.exists():
        raise CommandError(f"{path} is not there: start the centre (gate central run), or look at store.url")
