"""The parts of the unit that may fail while the door goes on, and the alarm that each of them raises."""

from __future__ import annotations

import enum

from gate.access.alarm import AlarmKind


@enum.unique
class Device(enum.StrEnum):
    """What may fail, by its name in the alarm's detail."""

    DECODER_ZXING = "decoder_zxing"
    DECODER_ZBAR = "decoder_zbar"
    CAMERA = "camera"
    """It is missing, in use elsewhere, silent, or repeats one picture: a matter for whoever mends the unit."""
    CAMERA_LENS = "camera_lens"
    """It sees nothing but one even grey: covered, dirty or in the dark, which the officer can look after."""


FAULTS = {
    Device.DECODER_ZXING: AlarmKind.DECODER_FAULT,
    Device.DECODER_ZBAR: AlarmKind.DECODER_FAULT,
    Device.CAMERA: AlarmKind.CAMERA_FAULT,
    Device.CAMERA_LENS: AlarmKind.CAMERA_FAULT,
}
