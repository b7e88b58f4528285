"""The composition root of the centre: opens the database and the way to the broker, and puts the ingest between them.

Threads are started by whoever calls (``gate.cli.central_run``): one for ``Centre.run``; paho has one of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.central.adapters.ingest_paho import PahoLink
from gate.central.adapters.paho_client import Broker
from gate.central.adapters.sql.duties import SqlDuties
from gate.central.adapters.sql.engine import Database, open_database
from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.tls import TlsFiles
from gate.central.config_enrol import RegistryConfig
from gate.central.config_schema import BrokerConfig, Config, StoreConfig
from gate.central.duties import Asker, Duties
from gate.central.ingest import Ingest
from gate.central.registry_live import LiveRegistry
from gate.central.registry_problems import RegistryErrors
from gate.credential.errors import TrustError
from gate.credential.keys import private_from_pem


class StartError(Exception):
    """The centre cannot start; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Centre:
    """All parts of one worker, opened."""

    database: Database
    link: PahoLink
    ingest: Ingest

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """The worker's thread."""
        self.ingest.run(stop, beat)

    def status(self) -> str:
        """How it is, in a line for people."""
        counts, there = self.ingest.counts, "" if self.link.there else "the broker is away; "
        return f"{there}{counts.kept} events kept, {counts.again} came again, {counts.wrong} set apart"

    def close(self) -> None:
        self.link.close()
        self.database.close()


def open_centre(config: Config, now: Callable[[], datetime]) -> Centre:
    """Everything that one worker needs. Raises ``StartError``, and ``StoreError`` where the database cannot be used."""
    broker, asker, registry = broker_of(config), _asker(config.commands.key), registry_of(config.registry)
    database = open_store(config.store)
    link = PahoLink(broker)
    duties = Duties(SqlDuties(database), link, asker, config.ingest.worker, now)
    in_force = registry.in_force if registry else None
    return Centre(database, link, Ingest(SqlStore(database), link, now, [duties], in_force))


def registry_of(config: RegistryConfig) -> LiveRegistry | None:
    """The registry in force; None where everybody may speak. Raises ``StartError``."""
    try:
        return LiveRegistry(config.files) if config.files else None
    except RegistryErrors as errors:
        raise StartError(str(errors)) from None


def open_store(config: StoreConfig) -> Database:
    """The database alone, for commands that ask it. Raises as ``open_centre``."""
    return open_database(config.url, _secret(config.password_file))


def broker_of(config: Config) -> Broker:
    """How to reach the broker as this worker. Raises ``StartError`` for a password or a host that cannot be right."""
    broker, ingest = config.broker, config.ingest
    try:
        broker.host.encode("idna")
    except UnicodeError:
        raise StartError(f"{broker.host} is not the name of a machine: correct broker.host") from None
    return Broker(
        broker.host,
        broker.port,
        ingest.worker,
        ingest.group,
        _tls(broker),
        broker.username or None,
        _secret(broker.password_file),
        ingest.sites,
    )


def _asker(path: Path | None) -> Asker | None:
    if path is None:
        return None
    try:
        private = private_from_pem(path.read_bytes())
    except (OSError, TrustError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StartError(f"cannot use the key {path}: {reason}; look at commands.key") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise StartError(f"the key {path} is not Ed25519: make one with gate cmd keygen --role replay")
    return Asker(private)


def _tls(broker: BrokerConfig) -> TlsFiles | None:
    return TlsFiles(broker.tls_ca, broker.tls_certificate, broker.tls_key) if broker.tls_ca else None


def _secret(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is no text"
        raise StartError(f"cannot read the password from {path}: {reason}; look at the file") from None
