"""Chunk lists of Germany: a folder as its server has it, each file a COSE_Sign1 whose payload is CBOR.

``kid.lst`` is ``{kid: {type: count}}`` (byte strings, types 0a signature, 0b UCI, 0c country and UCI);
``KIDTYPE/[XX/[YY/]]chunk.lst`` (all in hexadecimal) a list of digests of 16 bytes that begin with XX and YY. The
``index.lst`` between them only say what there is to fetch. Signatures are not verified: whoever compiles vouches.
Forms after the public sources of CovPass.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Mapping

import cbor2

from gate.credential import cose
from gate.credential.denylist import Entry
from gate.credential.errors import MalformedError, TrustError
from gate.credential.revocation import DIGEST_BYTES
from gate.credential.withdrawn.found import MAX_KID, Files, Found, Published

FORM = "de-chunks"
KIDS, CHUNK, INDEX = "kid.lst", "chunk.lst", "index.lst"
_DEPTH = 4
_PLACE = re.compile(r"(?:.*/)?([0-9a-f]{4,130})(?:/([0-9a-f]{2}))?(?:/([0-9a-f]{2}))?/chunk\.lst", re.IGNORECASE)

Counts = Mapping[tuple[bytes, bytes], int]


def claims(file: Published) -> bool:
    """Whether a file is one of that folder's."""
    return file.last in {KIDS, CHUNK, INDEX}


def read(files: Files) -> Found:
    """The digests of all chunks. Raises ``TrustError`` where some are missing or damaged."""
    found, lists = Found(FORM), [file for file in files if file.last == KIDS]
    if len(lists) != 1:
        raise TrustError(
            f"a folder of chunk lists needs its one {KIDS}, and here are {len(lists)}; give the whole folder"
        )
    named = _counts(lists[0])
    held: Counter[tuple[bytes, bytes]] = Counter()
    for file in files:
        if file.last == CHUNK:
            key, digests = _chunk(file)
            held[key] += len(digests)
            found.entries += (Entry(key[0], digest) for digest in digests)
    for (kid, kind), count in named.items():
        if held[kid, kind] < count:
            raise TrustError(
                f"{held[kid, kind]} of the {count} digests of {kid.hex()} {kind.hex()} are here; fetch its chunks again"
            )
    return found


def _counts(file: Published) -> Counts:
    kids = _payload(file)
    counts: dict[tuple[bytes, bytes], int] = {}
    for kid, kinds in kids.items() if isinstance(kids, dict) else [(None, None)]:
        for kind, count in kinds.items() if isinstance(kinds, dict) else [(None, None)]:
            match kid, kind, count:
                case bytes(), bytes(), int():
                    counts[kid, kind] = count
                case _:
                    raise TrustError(f"{file.name} has another shape than it should")
    return counts


def _chunk(file: Published) -> tuple[tuple[bytes, bytes], set[bytes]]:
    """The key and the type of a chunk, by its place, and its digests."""
    place = _PLACE.fullmatch(file.name)
    if place is None or len(place[1]) % 2:
        raise TrustError(f"{file.name} does not lie where its folder has it, KIDTYPE/XX/YY/{CHUNK}")
    key, digests = bytes.fromhex(place[1]), _payload(file)
    first = bytes.fromhex((place[2] or "") + (place[3] or ""))
    if not isinstance(digests, list) or not all(_is_digest(one, first) for one in digests):
        raise TrustError(f"{file.name} holds something else than digests of {DIGEST_BYTES} bytes of its place")
    if len(key) > MAX_KID + 1:
        raise TrustError(f"the kid of {file.name} is longer than {MAX_KID} bytes")
    return (key[:-1], key[-1:]), set(digests)


def _is_digest(one: object, first: bytes) -> bool:
    return isinstance(one, bytes) and len(one) == DIGEST_BYTES and one.startswith(first)


def _payload(file: Published) -> object:
    """What was signed. Its maps have byte strings as names, which ``cbor`` takes nowhere else."""
    try:
        stream = io.BytesIO(payload := cose.read(file.raw).payload)
        value: object = cbor2.CBORDecoder(stream, max_depth=_DEPTH, allow_indefinite=False).decode()
    except (MalformedError, cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError):
        raise TrustError(f"{file.name} is not a signed list, or is cut short; fetch it again") from None
    if stream.tell() != len(payload):
        raise TrustError(f"{file.name} has bytes after its list")
    return value
