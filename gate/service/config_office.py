"""The tables of the office and its records: names, trust, policy, journal, the way to the centre, and the log."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

from gate.policy.packs import VISITOR_PASS
from gate.policy.site import Direction
from gate.service.config_keys import key
from gate.service.config_rules import PackNames
from gate.service.config_values import Choice, FilePath, Number, Switch, Text
from gate.service.confirm import Confirm

_HOST = Text(
    "the name or address of a machine, without a scheme or a port",
    longest=253,
    pattern=r"[A-Za-z0-9._-]+|[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,}(%[A-Za-z0-9._-]+)?",
)


@enum.unique
class LogLevel(enum.StrEnum):
    """The least important message that is still written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@enum.unique
class ByItself(enum.StrEnum):
    """What the gate does with a colour without the officer."""

    GRANT = "grant"
    HOLD = "hold"


def _name(reserved: str = "") -> Text:
    allowed = "lower-case letters, digits and hyphens, at most 63, a letter or digit first"
    return Text(allowed, longest=63, pattern="[a-z0-9][a-z0-9-]*", reserved=frozenset({reserved} - {""}))


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """The office that the gate belongs to."""

    id: str = field(
        metadata=key(
            "The office, as it stands in every topic",
            _name(reserved="all"),
            "Give each office one name for good; the centre knows it by nothing else",
            "office-1",
        )
    )


@dataclass(frozen=True, slots=True)
class GateConfig:
    """This access control unit."""

    id: str = field(
        metadata=key(
            "This unit, as it stands in every topic",
            _name(reserved="site"),
            "No two units of one office may have the same; the name on its label is a good one",
            "gate-1",
        )
    )
    access_point: str = field(
        default="entry",
        metadata=key(
            "The door and direction that this unit controls, the subject of its events",
            _name(),
            'Name what people see, such as "entry" or "north-exit"',
        ),
    )
    direction: Direction = field(
        default=Direction.ENTRY,
        metadata=key(
            "Which way people go through this door when they show a code",
            Choice(Direction),
            'An exit lets out everybody with a genuine code; with "both" nobody is counted',
        ),
    )


@dataclass(frozen=True, slots=True)
class TrustConfig:
    """What the verification of a credential rests on."""

    bundle: Path = field(
        metadata=key(
            "The signed trust bundle, which says whose passes are believed",
            FilePath(),
            "Get it from who runs the centre",
            Path("/etc/gate/trust.bundle"),
        )
    )
    root_key: Path = field(
        metadata=key(
            "The public root key that signs the trust bundle",
            FilePath(),
            "Bring it by hand at installation, never over the network that brings the bundle",
            Path("/etc/gate/root.pem"),
        )
    )
    epoch_dir: Path = field(
        default=Path("/var/lib/gate/epochs"),
        metadata=key(
            "The folder of the weekly pseudonym keys",
            FilePath(),
            "Only the user gate may read it (chmod 700); keep it out of backups",
        ),
    )
    state_dir: Path = field(
        default=Path("/var/lib/gate/trust"),
        metadata=key(
            "The folder where the gate keeps the last good bundle and the highest version that it ever had",
            FilePath(),
            "Only the gate writes there. Delete it only to go back to an older bundle on purpose",
        ),
    )
    lists_dir: Path = field(
        default=Path("/etc/gate/lists"),
        metadata=key(
            "The folder of the deny lists that the bundle names",
            FilePath(),
            "Bring a list before the bundle that names it; write it beside and rename it",
        ),
    )
    status_dir: Path = field(
        default=Path("/etc/gate/status"),
        metadata=key(
            "The folder of the signed status lists and of their changes",
            FilePath(),
            "Write a file beside and rename it; names do not matter, endings do: .statuslist and .delta",
        ),
    )
    warn_age_s: int = field(
        default=86400,
        metadata=key(
            "Age of the trust bundle from which the log warns that newer ones fail to come",
            Number(60, 31_536_000, "seconds", whole=True),
            "86400 is a day",
        ),
    )
    epoch_shared: bool = field(
        default=False,
        metadata=key(
            "Whether this gate's pseudonyms are those of the other gates of the office, for anti-passback between them",
            Switch(),
            "With true, copy the newest file of trust.epoch_dir from one gate to the others once, before they start",
        ),
    )
    clock_kept: bool = field(
        default=True,
        metadata=key(
            "Whether the machine keeps the time while it is off, by a clock with a battery",
            Switch(),
            "With false, green is held after a start until a time source has set the clock once",
        ),
    )
    max_age_s: int = field(
        default=604800,
        metadata=key(
            "Age of the trust bundle from which green is held for the officer",
            Number(60, 31_536_000, "seconds", whole=True),
            "604800 is a week",
        ),
    )


@dataclass(frozen=True, slots=True)
class PolicyConfig:
    """Which rules decide, what each colour leads to, and how a visit is told from the next.

    Red and black always wait for the officer.
    """

    rules: tuple[str, ...] = field(
        default=(VISITOR_PASS,),
        metadata=key(
            "The rule packs; of those in force, the newest that speaks of what was shown decides",
            PackNames(),
            'A file counts once gate trust sign --rules names it; ["visitor-pass", "pl-2022-07"] also decides on '
            "certificates",
        ),
    )
    green: ByItself = field(
        default=ByItself.GRANT,
        metadata=key(
            "Whether a green visitor is let in by the gate or held for the officer",
            Choice(ByItself),
            '"hold" where somebody stands at the door anyway',
        ),
    )
    yellow: ByItself = field(
        default=ByItself.HOLD,
        metadata=key(
            "The same for a yellow visitor",
            Choice(ByItself),
            '"grant" only where the rules in force ask nothing of yellow',
        ),
    )

    reread_s: float = field(
        default=3.0,
        metadata=key(
            "A code gone from the camera for this long is a new presentation when it comes back",
            Number(0.2, 60, "seconds"),
            "Shorter counts a shaking hand twice, longer keeps a returning visitor waiting",
        ),
    )
    retry_hint_s: float = field(
        default=2.0,
        metadata=key(
            "How long a visitor with an unreadable code is asked to try again before the officer is called",
            Number(0, 60, "seconds"),
            "0 calls the officer at once",
        ),
    )


@dataclass(frozen=True, slots=True)
class JournalConfig:
    """The durable record of every event."""

    path: Path = field(
        default=Path("/var/lib/gate/journal.db"),
        metadata=key(
            "The journal's SQLite file, made at the first start",
            FilePath(),
            "Keep it on a local disk: SQLite's write-ahead log does not work over a network",
        ),
    )
    record_wait_ms: int = field(
        default=250,
        metadata=key(
            "How soon after a release its record must be on the disk before the release is called late",
            Number(10, 5000, "milliseconds", whole=True),
            "Longer only for a slow SD card; it must end before the release does",
        ),
    )
    required: bool = field(
        default=False,
        metadata=key(
            "Secure the strike again when the record is late",
            Switch(),
            "true turns visitors away while the disk is slow or broken",
        ),
    )
    keep_days: int = field(
        default=30,
        metadata=key(
            "How long records stay that the centre or the broker has confirmed",
            Number(1, 3650, "days", whole=True),
            "They are there for gate journal and for what the centre asks for again",
        ),
    )
    disk_budget_mb: int = field(
        default=512,
        metadata=key(
            "How much the journal may take on the disk before it gives up records",
            Number(8, 65536, "MB", whole=True),
            "100 MB hold about 80,000 records; what nobody has confirmed is given up last, and with an alarm",
        ),
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
    home_assistant: bool = field(
        default=False,
        metadata=key(
            "Whether the unit announces itself to Home Assistant",
            Switch(),
            "It can be looked at there and never ordered; the broker's access list must let it write to homeassistant/",
        ),
    )


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What is written for the person who looks after the unit."""

    level: LogLevel = field(
        default=LogLevel.INFO,
        metadata=key("The least important message that is written", Choice(LogLevel), '"debug" only to find a fault'),
    )
    signals: Path | None = field(
        default=None,
        metadata=key(
            "A file that keeps every signal for gate replay; empty keeps none",
            FilePath(optional=True),
            "It grows for ever: switch it on to report a fault, then off again",
        ),
    )
