"""The tables of what stands at the door: decoder, strike, lines, and the workbench for simulated ones."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

from gate.access.strike_wiring import FailMode
from gate.configuration.keys import Key, key
from gate.configuration.kinds import AF_UNIX_LONGEST_BYTES, Choice, FilePath, Number, Switch

_PIN = Number(0, 27, whole=True)
_NOT_WIRED = -1
_OPTIONAL_PIN = Number(_NOT_WIRED, 27, whole=True)


def _optional(meaning: str, suggested: int) -> dict[str, Key]:
    return key(meaning, _OPTIONAL_PIN, f"-1 where it is not wired; docs/wiring.md uses {suggested}")


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
    GPIOD = "gpiod"


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
    process: bool = field(
        default=True,
        metadata=key(
            "Whether each library runs in a confined process of its own, which may die without harm",
            Switch(),
            "Off only to find a fault: a picture could then end the whole service",
        ),
    )
    deaths: int = field(
        default=5,
        metadata=key(
            "How many deaths of that process, within deaths_within_s, put it in quarantine",
            Number(1, 1000, "deaths", whole=True),
            "The other library then reads alone, and an alarm says so",
        ),
    )
    deaths_within_s: float = field(
        default=60.0,
        metadata=key(
            "Within what time deaths are counted together",
            Number(1, 86400, "seconds"),
            "After a quarantine, living that long ends the alarm",
        ),
    )
    quarantine_s: float = field(
        default=600.0,
        metadata=key(
            "How long a library is left alone before it gets one trial",
            Number(1, 86400, "seconds"),
            "Its first death in the trial begins a new quarantine",
        ),
    )


@dataclass(frozen=True, slots=True)
class DoorConfig:
    """The strike and the door."""

    lock: FailMode = field(
        default=FailMode.FAIL_SECURE,
        metadata=key(
            "What the lock is while its relay is at rest: locked (fail_secure) or free (fail_safe)",
            Choice(FailMode),
            "The wiring decides, not this file: see docs/wiring.md",
        ),
    )
    active_high: bool = field(
        default=True,
        metadata=key(
            "Whether a high line energises the lock's relay",
            Switch(),
            "Wire it so that true is right: an active-low relay may pulse when the unit starts",
        ),
    )
    release_s: float = field(
        default=5.0,
        metadata=key(
            "How long the strike stays released for one visitor",
            Number(0.5, 30, "seconds"),
            "5.0 suits most doors; a slow or heavy one wants more",
        ),
    )
    extended_release_s: float = field(
        default=15.0,
        metadata=key(
            "The same for a visitor who needs more time (gate ctl admit --extended)",
            Number(0.5, 60, "seconds"),
            "Never shorter than release_s",
        ),
    )
    relock_on_open: bool = field(
        default=True,
        metadata=key(
            "Whether the strike is secured again as soon as the door is open",
            Switch(),
            "It needs a door monitor; false for a lock that cannot be secured while the door is open",
        ),
    )
    held_open_s: float = field(
        default=30.0,
        metadata=key(
            "How long the door may stand open before that is an alarm",
            Number(1, 3600, "seconds"),
            "It needs a door monitor",
        ),
    )
    extended_held_open_s: float = field(
        default=60.0,
        metadata=key(
            "The same after a visitor who needs more time",
            Number(1, 3600, "seconds"),
            "Never shorter than held_open_s",
        ),
    )
    pre_alarm_s: float = field(
        default=10.0,
        metadata=key(
            "How long before that alarm the people at the door are warned",
            Number(0, 3600, "seconds"),
            "Shorter than held_open_s; 0 does not warn",
        ),
    )
    emergency_mark: Path = field(
        default=Path("/run/gate/emergency"),
        metadata=key(
            "The file that tells, after a crash, that an emergency is in force",
            FilePath(),
            "Keep it on a memory file system, such as /run",
        ),
    )


@dataclass(frozen=True, slots=True)
class PinsConfig:
    """The lines of the board, by BCM (GPIO) number, not by place on the header."""

    factory: PinFactory = field(
        default=PinFactory.MOCK,
        metadata=key(
            "The real lines through gpiod, or simulated ones that move nothing",
            Choice(PinFactory),
            '"gpiod" on a Raspberry Pi, "mock" everywhere else',
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
    acknowledge: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Input: the officer's Acknowledge button, to ground", 4),
    )
    help: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Input: the button by which a visitor calls the officer, to ground", 7),
    )
    rex: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Input: request to exit, to ground, beside the one that is wired past this unit", 8),
    )
    door_monitor: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Input: the door monitor, a loop to ground that is closed while the door is", 12),
    )
    door_monitor_open: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Input: the other contact of a change-over door monitor, closed while the door is open", 13),
    )
    lock_monitor: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Input: the lock monitor, to ground, closed while the bolt is free", 16),
    )
    tamper: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Input: the enclosure's tamper loop to ground, closed at rest", 21),
    )
    emergency: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Input: the fire alarm's or emergency release's loop to ground, closed at rest", 20),
    )
    alarm: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Output: a second alarm light, where somebody else than the officer looks", 26),
    )
    ring_light: int = field(
        default=_NOT_WIRED,
        metadata=_optional("Output: the light around the camera, lit while it runs", 10),
    )
    buzzer_pwm: Path | None = field(
        default=None,
        metadata=key(
            "The kernel PWM channel of a passive buzzer, in place of the line buzzer",
            FilePath(optional=True),
            "Empty for an active buzzer; such as /sys/class/pwm/pwmchip0/pwm0",
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
