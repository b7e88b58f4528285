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
    JOURNAL_BEGUN = "journal_begun"
    """It was begun anew, because the one before cannot be continued: an older copy of the card."""
    JOURNAL_ASIDE = "journal_aside"
    """It holds records that nobody takes."""
    JOURNAL_KEY = "journal_key"
    """There is no key to sign the head of its chain."""

    BROKER_UNTRUSTED = "broker_untrusted"
    """From here on: why there is no way to the centre, or what is wrong with it, by the name of the link's fault."""
    BROKER_OTHER_HOST = "broker_other_host"
    BROKER_EXPIRED = "broker_expired"
    BROKER_NOT_YET_VALID = "broker_not_yet_valid"
    NO_TLS = "no_tls"
    TLS_TOO_OLD = "tls_too_old"
    TLS = "tls"
    OWN_CERTIFICATE = "own_certificate"
    OWN_EXPIRED = "own_expired"
    OWN_NOT_YET_VALID = "own_not_yet_valid"
    REFUSED = "refused"
    TAKEN_OVER = "taken_over"
    """Somebody else is at the broker under this gate's name: a cloned card, or a second service."""
    CERTIFICATE_ENDS = "certificate_ends"
    """The gate's own certificate ends within 30 days, or the centre refuses to renew it."""
    FOREIGN_ACK = "foreign_ack"
    """Something acknowledges another journal than this card's, or records that were never sent."""
    UPDATE_REFUSED = "update_refused"
    """What is published for all gates is none that this one takes: torn, badly signed, or older than what it has."""


FAULTS = {
    Device.DECODER_ZXING: AlarmKind.DECODER_FAULT,
    Device.DECODER_ZBAR: AlarmKind.DECODER_FAULT,
    Device.CAMERA: AlarmKind.CAMERA_FAULT,
    Device.CAMERA_LENS: AlarmKind.CAMERA_FAULT,
    Device.BROKER_UNTRUSTED: AlarmKind.LINK_FAULT,
    Device.BROKER_OTHER_HOST: AlarmKind.LINK_FAULT,
    Device.BROKER_EXPIRED: AlarmKind.LINK_FAULT,
    Device.BROKER_NOT_YET_VALID: AlarmKind.LINK_FAULT,
    Device.NO_TLS: AlarmKind.LINK_FAULT,
    Device.TLS_TOO_OLD: AlarmKind.LINK_FAULT,
    Device.TLS: AlarmKind.LINK_FAULT,
    Device.OWN_CERTIFICATE: AlarmKind.LINK_FAULT,
    Device.OWN_EXPIRED: AlarmKind.LINK_FAULT,
    Device.OWN_NOT_YET_VALID: AlarmKind.LINK_FAULT,
    Device.REFUSED: AlarmKind.LINK_FAULT,
    Device.TAKEN_OVER: AlarmKind.LINK_TAKEN_OVER,
    Device.CERTIFICATE_ENDS: AlarmKind.LINK_FAULT,
    Device.FOREIGN_ACK: AlarmKind.LINK_FAULT,
    Device.UPDATE_REFUSED: AlarmKind.LINK_FAULT,
    Device.JOURNAL: AlarmKind.JOURNAL_FAULT,
    Device.JOURNAL_SPACE: AlarmKind.JOURNAL_FAULT,
    Device.JOURNAL_DROPPED: AlarmKind.RECORDS_LOST,
    Device.JOURNAL_BEGUN: AlarmKind.RECORDS_LOST,
    Device.JOURNAL_ASIDE: AlarmKind.JOURNAL_FAULT,
    Device.JOURNAL_KEY: AlarmKind.JOURNAL_FAULT,
}
