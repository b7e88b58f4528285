"""A list of how hashes begin, as the EU's revocation distribution writes it (slice type VARHASHLIST).

Version (2 bytes, big-endian, 1), probability (4, a float), elements planned (4), size (1), then records of that size.
Layout after the public sources of the EU (PartialVariableHashFilter).

Its writer takes a record for a number with a sign and writes that as short as it can, filled up with zeros in front: a
hash that begins FF with 80 or more after it has lost its FFs. So a record whose zeros are followed by 80 or more stands
for itself or for that hash; the digits of its slice mostly tell which, and where they do not, both count.
"""

from __future__ import annotations

import struct

from gate.credential.denylist import Entry
from gate.credential.errors import TrustError
from gate.credential.revocation import DIGEST_BYTES

TYPE = "VARHASHLIST"
_HEAD = struct.Struct(">hfib")
_VERSION = 1
_NEGATIVE = 0x80


def read(raw: bytes, kid: bytes, digits: str) -> list[Entry]:
    """The beginnings in a slice. Raises ``TrustError``."""
    if len(raw) < _HEAD.size:
        raise TrustError("it is cut short")
    version, _, _, size = _HEAD.unpack_from(raw)
    if version != _VERSION:
        raise TrustError(f"its version {version} is not known")
    if not 0 < size <= DIGEST_BYTES:
        raise TrustError(f"its records have {size} bytes instead of 1 to {DIGEST_BYTES}")
    if (len(raw) - _HEAD.size) % size:
        raise TrustError("its last record is cut short")
    records = (raw[at : at + size] for at in range(_HEAD.size, len(raw), size))
    return [Entry(kid, one) for record in records for one in _meant(record, digits)]


def _meant(record: bytes, digits: str) -> list[bytes]:
    """What a record stands for. It is kept as it is where its slice's digits fit neither reading."""
    rest = record.lstrip(b"\x00")
    lost = rest and len(rest) < len(record) and rest[0] >= _NEGATIVE
    readings = [record, rest.rjust(len(record), b"\xff")] if lost else [record]
    return [one for one in readings if one.hex().startswith(digits[: 2 * len(one)])] or readings
