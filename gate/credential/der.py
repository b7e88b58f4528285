"""The extended key usages of a certificate (X.690 DER).

Common libraries read all extensions or none, and refuse certificates in the field for faults of other extensions.
"""

from __future__ import annotations

from collections.abc import Iterator

from gate.credential.errors import TrustError

_EXTENSIONS = 0xA3
_OCTETS = 0x04
_OID = 0x06
_EXTENDED_KEY_USAGE = bytes.fromhex("551d25")
_LONG = 0x80
_MOST_LENGTH_BYTES = 3


def extended_key_usages(tbs: bytes) -> tuple[bytes, ...]:
    """The object identifiers, encoded, of a TBSCertificate's usages; none where it has none. Raises ``TrustError``."""
    (_, certificate), *_ = _items(tbs)
    for tag, content in _items(certificate):
        if tag == _EXTENSIONS:
            return tuple(_usages(content))
    return ()


def _usages(extensions: bytes) -> Iterator[bytes]:
    for _, sequence in _items(extensions):
        for _, extension in _items(sequence):
            parts = list(_items(extension))
            if parts[:1] != [(_OID, _EXTENDED_KEY_USAGE)]:
                continue
            for tag, value in parts:
                if tag == _OCTETS:
                    yield from (oid for _, usages in _items(value) for kind, oid in _items(usages) if kind == _OID)


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element."""
    at = 0
    while at < len(data):
        tag, at = data[at], at + 1
        length, at = _length(data, at)
        if at + length > len(data):
            raise TrustError("the certificate is cut short")
        yield tag, data[at : at + length]
        at += length


def _length(data: bytes, at: int) -> tuple[int, int]:
    first = data[at] if at < len(data) else _LONG
    if first < _LONG:
        return first, at + 1
    size = first - _LONG
    if not 0 < size <= _MOST_LENGTH_BYTES:
        raise TrustError("the certificate cannot be read")
    return int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size
