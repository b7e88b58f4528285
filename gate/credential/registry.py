"""The known formats, by the prefix of their text. A format is added with one file and one entry here."""

from __future__ import annotations

from gate.credential import gatepass, hcert, shc
from gate.credential.errors import Refusal
from gate.credential.examination import Format
from gate.credential.model import RejectReason

FORMATS: tuple[Format, ...] = (gatepass.FORMAT, hcert.FORMAT, shc.FORMAT)


def format_of(code: bytes) -> Format:
    """The format whose prefix the code has. Raises ``Refusal``."""
    for known in FORMATS:
        if code.startswith(known.prefix):
            return known
    raise Refusal(RejectReason.UNKNOWN_FORMAT, "the code has none of the known prefixes")
