"""A Bloom filter as the EU's revocation distribution writes it (slice type BLOOMFILTER).

Version (2 bytes, big-endian, 1), hash functions (1), which hash (1; 0 is SHA-256), probability (4, a float), elements
planned (4) and put in (4), words (4), then so many words of 32 bits. How a bit is found: ``deny_filters``. Layout after
the public sources of the EU (dgc-bloomfilter).
"""

from __future__ import annotations

import struct

from gate.credential.deny_filters import MOST_FUNCTIONS, MOST_WORDS, Slice
from gate.credential.errors import TrustError

TYPE = "BLOOMFILTER"
_HEAD = struct.Struct(">hbbfiii")
_VERSION = 1
_SHA256 = 0
_WORD_BYTES = 4


def read(raw: bytes, kid: bytes, digits: str) -> list[Slice]:
    """The filter of a slice. Raises ``TrustError``."""
    if len(raw) < _HEAD.size:
        raise TrustError("it is cut short")
    version, functions, hashing, _, _, _, words = _HEAD.unpack_from(raw)
    if version != _VERSION or hashing != _SHA256:
        raise TrustError(f"its version {version} or its hash function {hashing} is not known")
    if not 0 < functions <= MOST_FUNCTIONS or not 0 < words <= MOST_WORDS:
        raise TrustError("it has no hash functions, no words, or more than any that is needed")
    if len(raw) != _HEAD.size + words * _WORD_BYTES:
        raise TrustError(f"it has {len(raw) - _HEAD.size} bytes of filter instead of {words * _WORD_BYTES}")
    return [Slice(kid, digits, functions, raw[_HEAD.size :])]
