"""The table of the way to the centre's broker."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gate.configuration.keys import key
from gate.configuration.kinds import Choice, FilePath, Notation, Number, Switch, Text
from gate.service.confirm import Confirm
from gate.wire.address import check

_HOST = Text(
    "the name or address of a machine, without a scheme or a port",
    longest=253,
    pattern=r"[A-Za-z0-9._-]+|[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,}(%[A-Za-z0-9._-]+)?",
)


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The way to the centre's broker."""

    host: str = field(
        default="localhost",
        metadata=key("The broker", _HOST, 'Write the port apart, as in host = "broker.example" and port = 1883'),
    )
    port: int = field(
        default=1883,
        metadata=key("The broker's TCP port", Number(1, 65535, whole=True), "1883 is usual without TLS"),
    )
    username: str = field(
        default="",
        metadata=key(
            "The name to log in with",
            Text("text of at most 255 characters, or empty", longest=255, may_be_empty=True),
            "Leave it empty when the broker asks for none",
        ),
    )
    password_file: Path | None = field(
        default=None,
        metadata=key(
            "A file that holds the password and nothing else",
            FilePath(optional=True, secret=True),
            "Only the user gate may read it (chmod 600); the password itself has no place in this file",
        ),
    )
    keepalive_s: int = field(
        default=30,
        metadata=key(
            "Longest silence before both ends test the link",
            Number(2, 3600, "seconds", whole=True),
            "A lost link is noticed after one and a half times this",
        ),
    )
    will_delay_s: int = field(
        default=15,
        metadata=key(
            "How long the unit may be away before the centre is told that it is offline",
            Number(0, 3600, "seconds", whole=True),
            "0 reports every short break of the network",
        ),
    )
    window: int = field(
        default=100,
        metadata=key(
            "Events on their way to the broker without its answer",
            Number(1, 1000, "events", whole=True),
            "100 fills any ordinary network; the broker may ask for fewer",
        ),
    )
    backlog_rate: int = field(
        default=2000,
        metadata=key(
            "How many events a second are sent when many wait after an absence",
            Number(0, 100_000, "events a second", whole=True),
            "Fewer where many gates share one broker; 0 for as many as the network carries",
        ),
    )
    confirm: Confirm = field(
        default=Confirm.BROKER,
        metadata=key(
            "Whose word ends the sending of an event: the broker's that it has it, or the centre's that it is stored",
            Choice(Confirm),
            '"centre" where the centre acknowledges: a broker that is killed may lose what it has taken',
        ),
    )
    longest_retry_s: int = field(
        default=60,
        metadata=key(
            "Longest wait before the next attempt to connect",
            Number(5, 3600, "seconds", whole=True),
            "Waits begin at a second, double, and are drawn by chance, so that not all gates come at once",
        ),
    )
    tls_ca: Path | None = field(
        default=None,
        metadata=key(
            "The certificate of who signs the broker's; with it the gate speaks TLS 1.3, and never without",
            FilePath(optional=True, secret=True),
            "Empty only where broker and gate are one machine",
        ),
    )
    tls_certificate: Path | None = field(
        default=None,
        metadata=key(
            "The gate's own certificate",
            FilePath(optional=True, secret=True),
            "A renewed one is taken up at the next connection; its end is warned of 30 days before",
        ),
    )
    tls_key: Path | None = field(
        default=None,
        metadata=key(
            "The key of the gate's own certificate, without a password",
            FilePath(optional=True, secret=True),
            "Only the user gate may read it (chmod 600), or name a systemd credential: credential:mqtt-key",
        ),
    )
    renew_at: str = field(
        default="",
        metadata=key(
            "Where the centre renews the gate's own certificate, before it ends",
            Notation(Text("host:port, or empty", longest=260, may_be_empty=True), "a host:port", check),
            "gate enroll says what to write here; the user gate must be able to write where tls_certificate is",
        ),
    )
    updates: bool = field(
        default=True,
        metadata=key(
            "Whether newer trust, rules and lists that the centre publishes at the broker are taken",
            Switch(),
            "Nothing is taken that the operator or an issuer did not sign (docs/updates.md)",
        ),
    )
    home_assistant: bool = field(
        default=False,
        metadata=key(
            "Whether the unit announces itself to Home Assistant",
            Switch(),
            "It can be looked at there and never ordered; the broker's access list must let it write to homeassistant/",
        ),
    )
