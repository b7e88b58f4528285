"""The composition root of the registrar: opens the database, the registry and the authority, as far as each is asked.

The authority's key is read by who signs alone, so that it can lie where the ingest and the desks cannot reach it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from gate.central.adapters.listener import Listener, ListenerFiles
from gate.central.adapters.sql.engine import Database
from gate.central.adapters.sql.issued import SqlIssued
from gate.central.app import StartError, open_store, registry_of
from gate.central.config_enrol import EnrolConfig
from gate.central.config_schema import Config
from gate.central.rate import Rate
from gate.central.registrar import Registrar, Rules
from gate.central.registry_live import LiveRegistry
from gate.pki import making
from gate.pki.errors import PkiError
from gate.pki.making import Authority

BURST, EACH_S = 30, 2.0
"""An office has one address for all its gates, and each asks twice."""
_MOST_BYTES = 64 * 1024
_OTHERS = 0o007
"""systemd lets a unit read its credential by an access list, which shows among the bits of the group."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the commands need; ``database`` is closed by whoever opened it."""

    database: Database
    store: SqlIssued
    registry: LiveRegistry


def open_parts(config: Config) -> Parts:
    """The database and the registry. Raises ``StartError`` or ``StoreError``."""
    registry = registry_of(config.registry)
    if registry is None:
        raise StartError("registry.files is empty: only a gate that the registry has gets a certificate")
    database = open_store(config.store)
    return Parts(database, SqlIssued(database), registry)


def registrar_of(config: Config, parts: Parts, now: Callable[[], datetime]) -> Registrar:
    """Who signs. Raises ``StartError``."""
    rules = Rules(timedelta(days=config.enrol.valid_days))
    return Registrar(parts.store, authority_of(config.enrol), parts.registry.in_force, now, rules)


def listener_of(config: Config, registrar: Registrar) -> Listener:
    """Listens already. Raises ``StartError``, or ``ListenError``."""
    enrol = config.enrol
    ca = _named(enrol.ca, "enrol.ca")
    own, key = _named(enrol.tls_certificate, "enrol.tls_certificate"), _named(enrol.tls_key, "enrol.tls_key")
    return Listener(enrol.host, enrol.port, ListenerFiles(ca, own, key), registrar, Rate(BURST, EACH_S))


def ca_of(enrol: EnrolConfig) -> x509.Certificate:
    """The authority's certificate. Raises ``StartError``."""
    path = _named(enrol.ca, "enrol.ca")
    try:
        return making.certificate_from_pem(_read(path), str(path))
    except PkiError as error:
        raise StartError(str(error)) from None


def authority_of(enrol: EnrolConfig) -> Authority:
    """The authority with its key. Raises ``StartError``."""
    certificate, path = ca_of(enrol), _named(enrol.ca_key, "enrol.ca_key")
    try:
        if path.stat().st_mode & _OTHERS:
            raise StartError(
                f"others may read the authority's key {path}: chmod 600 it, and think about who has read it"
            )
        key = making.key_from_pem(_read(path), str(path))
    except PkiError as error:
        raise StartError(str(error)) from None
    except OSError as error:
        raise StartError(f"cannot look at {path}: {error.strerror}") from None
    if key.public_key() != certificate.public_key():
        raise StartError(f"{path} is not the key of {enrol.ca}: correct enrol.ca or enrol.ca_key")
    return Authority(certificate, key)


def _named(path: Path | None, key: str) -> Path:
    if path is None:
        raise StartError(f"{key} is empty in the configuration of the centre: gate pki makes what it wants")
    return path


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise StartError(f"cannot read {path}: {error.strerror}; look at [enrol] and the permissions") from None
