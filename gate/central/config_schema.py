"""The configuration of the centre: one frozen dataclass for each table, in the order of the file."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

from gate.central.config_enrol import EnrolConfig, RegistryConfig
from gate.central.config_retention import RetentionConfig
from gate.configuration.keys import key
from gate.configuration.kinds import Choice, FilePath, Number, Text, Texts

UNIT = "gate-central.service"
_SECRET = FilePath(optional=True, secret=True, unit=UNIT)
NAME = Text("a name of 1 to 64 letters, digits, dots and hyphens", longest=64, pattern=r"[A-Za-z0-9][A-Za-z0-9.-]*")


@enum.unique
class LogLevel(enum.StrEnum):
    """What is written to standard error."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """The broker that all gates speak to."""

    host: str = field(
        default="localhost",
        metadata=key(
            "The broker",
            Text(
                "the name or address of a machine, without a scheme or a port",
                longest=253,
                pattern=r"[A-Za-z0-9._-]+|[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,}(%[A-Za-z0-9._-]+)?",
            ),
            'Write the port apart, as in host = "broker.example" and port = 8883',
        ),
    )
    port: int = field(
        default=1883,
        metadata=key("The broker's TCP port", Number(1, 65535, whole=True), "8883 is usual with TLS, 1883 without"),
    )
    username: str = field(
        default="",
        metadata=key(
            "The name to log in with",
            Text("text of at most 255 characters, or empty", longest=255, may_be_empty=True),
            "Leave it empty where the certificate says who the centre is",
        ),
    )
    password_file: Path | None = field(
        default=None,
        metadata=key(
            "A file that holds the password of the broker and nothing else",
            _SECRET,
            "Only the user of the centre may read it (chmod 600); the password itself has no place in this file",
        ),
    )
    tls_ca: Path | None = field(
        default=None,
        metadata=key(
            "The certificate of who signs the broker's; with it the centre speaks TLS 1.3, and never without",
            _SECRET,
            "Empty only where broker and centre are one machine",
        ),
    )
    tls_certificate: Path | None = field(
        default=None,
        metadata=key(
            "The centre's own certificate",
            _SECRET,
            "Make one with gate pki issue centre.ingest; a renewed one is taken up at the next connection",
        ),
    )
    tls_key: Path | None = field(
        default=None,
        metadata=key(
            "The key of the centre's own certificate, without a password",
            _SECRET,
            "Only the user of the centre may read it (chmod 600), or name a systemd credential: credential:broker-key",
        ),
    )


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """The database."""

    url: str = field(
        default="sqlite:////var/lib/gate-central/central.db",
        metadata=key(
            "Where everything is kept: a file of SQLite, or a database of PostgreSQL",
            Text("a URL of sqlite or postgresql", longest=4000),
            "PostgreSQL for workers on several machines: postgresql://gate@host/gate; an empty one gets its tables",
        ),
    )
    password_file: Path | None = field(
        default=None,
        metadata=key(
            "A file that holds the password of PostgreSQL and nothing else",
            _SECRET,
            "Only the user of the centre may read it (chmod 600); a URL with a password in it is refused",
        ),
    )


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """How this worker takes the events of the gates."""

    worker: str = field(
        default="centre.ingest",
        metadata=key(
            "This worker's name at the broker and in the database",
            NAME,
            "Another one for each worker; a broker that goes by certificates takes the name in the certificate instead",
        ),
    )
    group: str = field(
        default="centre",
        metadata=key(
            "The workers of one group share what the gates say",
            NAME,
            "The same for all workers of one database, and another one for any other database at this broker",
        ),
    )

    sites: tuple[str, ...] = field(
        default=(),
        metadata=key(
            "Whose events this worker takes alone; empty for a share of all",
            Texts(Text("the name of a site", longest=63, pattern=r"[a-z0-9][a-z0-9-]*"), most=1000),
            "For a broker without shared subscriptions, such as RabbitMQ 4: each site at exactly one worker",
        ),
    )


@dataclass(frozen=True, slots=True)
class CommandsConfig:
    """What the centre itself asks of gates: records that are missing."""

    key: Path | None = field(
        default=None,
        metadata=key(
            "The secret key that signs the request for missing records",
            _SECRET,
            "Make one with gate cmd keygen --role replay, which may do nothing else; without it nothing is asked again",
        ),
    )


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What is written to standard error, which systemd keeps."""

    level: LogLevel = field(
        default=LogLevel.INFO,
        metadata=key("The least that is written", Choice(LogLevel), "Nothing personal is written at any level"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration, every value checked."""

    broker: BrokerConfig = field(default_factory=BrokerConfig)
    store: StoreConfig = field(default_factory=StoreConfig)
    ingest: IngestConfig = field(default_factory=IngestConfig)
    commands: CommandsConfig = field(default_factory=CommandsConfig)
    registry: RegistryConfig = field(default_factory=RegistryConfig)
    enrol: EnrolConfig = field(default_factory=EnrolConfig)
    retention: RetentionConfig = field(default_factory=RetentionConfig)
    log: LogConfig = field(default_factory=LogConfig)
