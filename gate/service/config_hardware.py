"""The tables of what stands at the door: camera, decoder, strike, lines, and the workbench for simulated ones."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

from gate.service.config_keys import key
from gate.service.config_values import Choice, FilePath, Number, Switch

AF_UNIX_LONGEST_BYTES = 107
"""``sun_path`` of Linux without its closing zero."""
_PIN = Number(0, 27, whole=True)


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
    GPIOD = "gpiod"


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
