"""The table of the camera: where frames come from, and how a live one is set."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

from gate.configuration.keys import key
from gate.configuration.kinds import Choice, FilePath, Number, Switch


@enum.unique
class CameraSource(enum.StrEnum):
    """Where frames come from."""

    PICTURES = "pictures"
    VIDEO = "video"
    STAGE = "stage"
    PICAMERA2 = "picamera2"
    V4L2 = "v4l2"


LIVE_SOURCES = frozenset({CameraSource.PICAMERA2, CameraSource.V4L2})
"""Real cameras, which may be missing, unplugged, frozen or covered."""


@enum.unique
class ExposureFor(enum.StrEnum):
    """What the exposure is measured for."""

    MIXED = "mixed"
    PHONE = "phone"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """Where frames come from."""

    source: CameraSource = field(
        default=CameraSource.PICTURES,
        metadata=key(
            "A folder of PNG or JPEG pictures, a video file, the workbench's stage, a camera module or a webcam",
            Choice(CameraSource),
            '"picamera2" is the camera module at a door (docs/camera.md); "stage" needs [bench]',
        ),
    )
    path: Path | None = field(
        default=None,
        metadata=key(
            "The folder of pictures, the video file, or the webcam's device, such as one of /dev/v4l/by-id",
            FilePath(optional=True),
            "Name what the user gate can read; only the stage and the camera module do without",
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
    number: int = field(
        default=0,
        metadata=key(
            "Which camera module, as rpicam-hello --list-cameras counts them",
            Number(0, 7, whole=True),
            "0 unless the board has two",
        ),
    )
    width_px: int = field(
        default=1280,
        metadata=key(
            "How wide a picture of a live camera is",
            Number(320, 4608, "pixels", whole=True),
            "1280 x 720 reads a phone at 10 to 40 cm; more costs time for each frame",
        ),
    )
    height_px: int = field(
        default=720,
        metadata=key(
            "How high it is",
            Number(240, 2592, "pixels", whole=True),
            "A webcam takes the nearest size that it knows",
        ),
    )
    focus_cm: float = field(
        default=0.0,
        metadata=key(
            "At what distance a camera module with a movable lens is focused; 0 lets it follow what is near",
            Number(0, 500, "centimetres"),
            "20.0 where the lens hunts; a module with a fixed lens ignores it",
        ),
    )
    exposure: ExposureFor = field(
        default=ExposureFor.MIXED,
        metadata=key(
            "What the exposure of a camera module is measured for: bright phones, paper, or both",
            Choice(ExposureFor),
            '"phone" where screens are white patches, "paper" where paper is too dark',
        ),
    )
    exposure_ms: float = field(
        default=0.0,
        metadata=key(
            "A fixed exposure of the camera module; 0 lets it measure",
            Number(0, 66, "milliseconds"),
            "Only where the light never changes; 8.0 is a beginning",
        ),
    )
    gain: float = field(
        default=1.0,
        metadata=key("The gain that goes with a fixed exposure", Number(1, 16), "As low as the light allows"),
    )
    mains_hz: int = field(
        default=50,
        metadata=key(
            "The mains frequency, so that lamps do not flicker in the picture; 0 takes no care",
            Number(0, 60, "hertz", whole=True),
            "50 in Indonesia and Europe, 60 in the Americas",
        ),
    )
    covered_alarm: bool = field(
        default=True,
        metadata=key(
            "Whether a picture of one even grey is an alarm: a covered lens, or a room without light",
            Switch(),
            "false where the room is dark at night",
        ),
    )
