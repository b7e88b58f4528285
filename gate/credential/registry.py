"""The known formats, by how their codes begin. A format is added with one file and one entry here."""

from __future__ import annotations

from gate.credential import badge, divoc, gatepass, hcert, nzcp, pretix, shc, vdsnc
from gate.credential.errors import Refusal
from gate.credential.examination import Format
from gate.credential.model import RejectReason
from gate.credential.trust import Trust

FORMATS: tuple[Format, ...] = (
    gatepass.FORMAT,
    hcert.FORMAT,
    shc.FORMAT,
    nzcp.FORMAT,
    vdsnc.FORMAT,
    divoc.FORMAT,
    pretix.FORMAT,
)


def format_of(code: bytes, trust: Trust) -> Format:
    """The format whose codes look like this one; of no other, a badge if the site says so. Raises ``Refusal``."""
    for known in FORMATS:
        if known.looks.match(code):
            return known
    if badge.accepted(code, trust):
        return badge.FORMAT
    raise Refusal(RejectReason.UNKNOWN_FORMAT, "the code looks like none of the known formats")
