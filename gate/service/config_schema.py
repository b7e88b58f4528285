"""The configuration: one frozen dataclass for each table, one field for each key.

Rules: a key that measures something carries its unit in its name; every field carries ``key(...)``: its meaning, what
it may be and advice.  Errors, ``config/gate.toml`` and ``gate show-config`` are all made from these.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from gate.service.config_values import Choice, FilePath, Kind, Number, Switch, Text, Zone

AF_UNIX_LONGEST_BYTES = 107
"""``sun_path`` of Linux without its closing zero."""


@enum.unique
class CameraSource(enum.StrEnum):
    """Where frames come from."""

    PICTURES = "pictures"
    VIDEO = "video"
    STAGE = "stage"


@enum.unique
class DecoderMode(enum.StrEnum):
    """Which library finds the symbols."""

    AUTO = "auto"
    ZXING = "zxing"
    ZBAR = "zbar"


@enum.unique
class PinFactory(enum.StrEnum):
    """What drives the lines."""

    MOCK = "mock"
    LGPIO = "lgpio"


@enum.unique
class LogLevel(enum.StrEnum):
    """The least important message that is still written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Key:
    """What a person needs to know of one key. ``example`` stands in the example file where no default can."""

    meaning: str
    kind: Kind
    advice: str
    example: object = None


def key(meaning: str, kind: Kind, advice: str, example: object = None) -> dict[str, Key]:
    """The metadata of one field."""
    return {"key": Key(meaning, kind, advice, example)}


def _name(reserved: str = "") -> Text:
    allowed = "lower-case letters, digits and hyphens, at most 63, a letter or digit first"
    return Text(allowed, longest=63, pattern="[a-z0-9][a-z0-9-]*", reserved=frozenset({reserved} - {""}))


_PIN = Number(0, 27, whole=True)
_HOST = Text(
    "the name or address of a machine, without a scheme or a port",
    longest=253,
    pattern=r"[A-Za-z0-9._-]+|[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,}(%[A-Za-z0-9._-]+)?",
)


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
    name: str = field(
        default="",
        metadata=key(
            "The office, as people call it",
            Text("text of at most 80 characters, or empty", longest=80, may_be_empty=True),
            "Leave it empty when the id says enough; no names of people",
        ),
    )
    timezone: str = field(
        default="Asia/Jakarta",
        metadata=key("The office's time zone", Zone(), "List the names with: timedatectl list-timezones"),
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


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """Where frames come from."""

    source: CameraSource = field(
        default=CameraSource.PICTURES,
        metadata=key(
            "A folder of PNG or JPEG pictures, a video file, or the workbench's stage",
            Choice(CameraSource),
            '"stage" is for the workbench alone and needs [bench]',
        ),
    )
    path: Path | None = field(
        default=None,
        metadata=key(
            "The folder of pictures, or the video file",
            FilePath(optional=True),
            "Name a folder or file that the user gate can read; only the stage does without",
            Path("/var/lib/gate/pictures"),
        ),
    )
    fps: int = field(
        default=10,
        metadata=key(
            "Frames in each second", Number(1, 60, "frames", whole=True), "10 is enough for a walking visitor"
        ),
    )
    picture_s: float = field(
        default=2.0,
        metadata=key(
            "How long each picture stays before the camera", Number(0.01, 3600, "seconds"), "2.0 is good to watch"
        ),
    )
    repeat: bool = field(
        default=False,
        metadata=key("Begin again after the last picture or frame", Switch(), "Off, the camera then sees nothing more"),
    )


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """How symbols are found in a frame."""

    mode: DecoderMode = field(
        default=DecoderMode.AUTO,
        metadata=key(
            "zxing-cpp with zbar as second opinion, or one of them alone",
            Choice(DecoderMode),
            'Keep "auto" unless one library gives trouble',
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
            Path("/etc/gate/root.key"),
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
    """How a visit is told from the next, and how long one waits."""

    hold_s: float = field(
        default=120.0,
        metadata=key(
            "How long a held visitor waits for the officer before being refused",
            Number(0.5, 3600, "seconds"),
            "Give the officer time to walk to the door",
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
class DoorConfig:
    """The strike."""

    release_s: float = field(
        default=5.0,
        metadata=key(
            "How long the strike stays released for one visitor",
            Number(0.5, 30, "seconds"),
            "5.0 suits most doors; a slow or heavy one wants more",
        ),
    )
    active_high: bool = field(
        default=True,
        metadata=key(
            "Whether a high line releases the strike",
            Switch(),
            "Wire it so that true is right: an active-low relay may pulse when the unit starts",
        ),
    )


@dataclass(frozen=True, slots=True)
class PinsConfig:
    """The lines of the board, by BCM (GPIO) number, not by place on the header."""

    factory: PinFactory = field(
        default=PinFactory.MOCK,
        metadata=key(
            "The real lines through lgpio, or simulated ones that move nothing",
            Choice(PinFactory),
            '"lgpio" on a Raspberry Pi, "mock" everywhere else',
        ),
    )
    strike: int = field(
        default=17,
        metadata=key(
            "Output: the strike's relay",
            _PIN,
            "GPIO 9 to 27 stay low while the board starts, so that nothing is released",
        ),
    )
    lamp_red: int = field(default=22, metadata=key("Output: the top lamp", _PIN, "A line that nothing else uses"))
    lamp_yellow: int = field(default=23, metadata=key("Output: the middle lamp", _PIN, "A line that nothing else uses"))
    lamp_green: int = field(default=24, metadata=key("Output: the bottom lamp", _PIN, "A line that nothing else uses"))
    attention: int = field(
        default=25,
        metadata=key("Output: the attention lamp on the officer's side", _PIN, "A line that nothing else uses"),
    )
    buzzer: int = field(
        default=27,
        metadata=key(
            "Output: the buzzer", _PIN, "GPIO 9 to 27 stay low while the board starts, so that it stays silent"
        ),
    )
    admit: int = field(
        default=5,
        metadata=key(
            "Input: the officer's Admit button, to ground", _PIN, "GPIO 2 to 8 are pulled up while the board starts"
        ),
    )
    refuse: int = field(
        default=6,
        metadata=key(
            "Input: the officer's Refuse button, to ground", _PIN, "GPIO 2 to 8 are pulled up while the board starts"
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
            FilePath(optional=True),
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


@dataclass(frozen=True, slots=True)
class BenchConfig:
    """The workbench of the demo and the tests; simulated hardware only."""

    socket: Path | None = field(
        default=None,
        metadata=key(
            "The Unix socket at which the workbench works the simulated hardware; empty for none",
            FilePath(optional=True, longest_bytes=AF_UNIX_LONGEST_BYTES),
            "Leave it empty at a door",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration, every value checked."""

    site: SiteConfig
    gate: GateConfig
    camera: CameraConfig = field(default_factory=CameraConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    trust: TrustConfig
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    door: DoorConfig = field(default_factory=DoorConfig)
    pins: PinsConfig = field(default_factory=PinsConfig)
    journal: JournalConfig = field(default_factory=JournalConfig)
    mqtt: MqttConfig = field(default_factory=MqttConfig)
    log: LogConfig = field(default_factory=LogConfig)
    bench: BenchConfig = field(default_factory=BenchConfig)


TABLES: dict[str, type[Any]] = get_type_hints(Config)
"""The tables by name, in the order of the file."""


def keys_of(table: type[Any]) -> Iterator[tuple[Field[Any], Key]]:
    """The keys of one table, in the order of the file."""
    return ((one, one.metadata["key"]) for one in fields(table))


def is_required(one: Field[Any]) -> bool:
    """Whether the file must give it."""
    return one.default is MISSING
