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
    JOURNAL = "journal"
    """It takes no records: a full, read-only or broken disk."""
    JOURNAL_SPACE = "journal_space"
    """It is near its budget, or over it."""
    JOURNAL_DROPPED = "journal_dropped"
    """It had to give up records that nobody has confirmed."""
    JOURNAL_ASIDE = "journal_aside"
    """It holds records that nobody takes."""
    JOURNAL_KEY = "journal_key"
    """There is no key to sign the head of its chain."""


FAULTS = {
    Device.DECODER_ZXING: AlarmKind.DECODER_FAULT,
    Device.DECODER_ZBAR: AlarmKind.DECODER_FAULT,
    Device.CAMERA: AlarmKind.CAMERA_FAULT,
    Device.CAMERA_LENS: AlarmKind.CAMERA_FAULT,
    Device.JOURNAL: AlarmKind.JOURNAL_FAULT,
    Device.JOURNAL_SPACE: AlarmKind.JOURNAL_FAULT,
    Device.JOURNAL_DROPPED: AlarmKind.RECORDS_LOST,
    Device.JOURNAL_ASIDE: AlarmKind.JOURNAL_FAULT,
    Device.JOURNAL_KEY: AlarmKind.JOURNAL_FAULT,
}
