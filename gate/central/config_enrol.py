"""The tables of the centre's configuration about who may speak, and who is given a certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gate.configuration.keys import key
from gate.configuration.kinds import FilePath, FilePaths, Notation, Number, Text
from gate.wire.address import check

UNIT = "gate-central-enroll.service"
_FILE = FilePath(optional=True, secret=True, unit=UNIT)


@dataclass(frozen=True, slots=True)
class RegistryConfig:
    """Which offices and gates there are."""

    files: tuple[Path, ...] = field(
        default=(),
        metadata=key(
            "The files of the registry, .toml or .csv",
            FilePaths(),
            "Try them with gate central registry check; a changed file is taken up within seconds. Without any, "
            "every gate is heard",
        ),
    )


@dataclass(frozen=True, slots=True)
class EnrolConfig:
    """Who gives gates their certificates: gate central enroll, and gate central enroll-serve (docs/enrolment.md)."""

    address: str = field(
        default="",
        metadata=key(
            "Where gates reach gate central enroll-serve, as tokens tell them",
            Notation(Text("host:port, or empty", longest=260, may_be_empty=True), "a host:port", check),
            "The host is one that the listener's certificate names",
        ),
    )
    host: str = field(
        default="0.0.0.0",  # noqa: S104  (gates come from everywhere; it asks for a token or a certificate)
        metadata=key(
            "The address of this machine at which it listens",
            Text("an IP address", longest=45, pattern=r"[0-9A-Fa-f.:]+"),
            'Every one with "0.0.0.0" or "::"',
        ),
    )
    port: int = field(
        default=8884,
        metadata=key("The TCP port at which it listens", Number(1, 65535, whole=True), "Let gates through to it"),
    )
    ca: Path | None = field(
        default=None,
        metadata=key(
            "The certificate of the authority that issues for gates, which the broker believes too",
            _FILE,
            "Make it with gate pki ca; tokens pin its key",
        ),
    )
    ca_key: Path | None = field(
        default=None,
        metadata=key(
            "The authority's key",
            _FILE,
            "Only the user of gate central enroll-serve may read it (chmod 600); the ingest never needs it",
        ),
    )
    tls_certificate: Path | None = field(
        default=None,
        metadata=key(
            "The listener's own certificate, of the same authority",
            _FILE,
            "Make it with gate pki issue centre.enroll --host",
        ),
    )
    tls_key: Path | None = field(
        default=None,
        metadata=key("The key of the listener's own certificate", _FILE, "Only the same user may read it (chmod 600)"),
    )
    valid_days: int = field(
        default=365,
        metadata=key(
            "How long a certificate is good",
            Number(1, 3650, "days", whole=True),
            "A gate renews its own when a third of that is left",
        ),
    )
    token_hours: int = field(
        default=24,
        metadata=key(
            "How long a token may be used",
            Number(1, 24 * 90, "hours", whole=True),
            "As long as it takes from the desk to the door",
        ),
    )
    crl: Path | None = field(
        default=None,
        metadata=key(
            "The list of revoked certificates that is written for the broker",
            FilePath(optional=True),
            "Name it as crlfile in mosquitto.conf; gate central revoke writes it anew",
        ),
    )
