"""What the EU's revocation distribution service gives out: partitions as JSON, and archives of their slices.

A partition (``GET /lists/KID/partitions``, one or a list) is ``{kid, id, x, y, lastUpdated, expired, chunks: {CHUNK:
{EXPIRES: {type, version, hash}}}}``: x, y and CHUNK are the first hexadecimal digits of the digests in the slices, and
``hash`` is the SHA-256 of a slice. So slices are found by their bytes, whatever their files are named. The list of keys
(``GET /lists``: ``[{kid, mode, hashTypes, ...}]``) may lie there too; every key in it then needs a partition.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gate.credential.deny_filters import MOST_DIGITS, Slice
from gate.credential.deny_sources import EU_ANY_KID
from gate.credential.denylist import ANY_KID, Entry
from gate.credential.errors import TrustError
from gate.credential.withdrawn import eu_bloom, eu_varhash
from gate.credential.withdrawn.found import MAX_KID, Files, Found, Published, base64_of, oldest, time_of

FORM = "eu-slices"
Read = Callable[[bytes, bytes, str], Sequence[Entry | Slice]]
TYPES: Mapping[str, Read] = {eu_bloom.TYPE: eu_bloom.read, eu_varhash.TYPE: eu_varhash.read}
_HASH = re.compile(r"[0-9a-f]{64}")
_DIGITS = re.compile(rf"[0-9a-f]{{0,{MOST_DIGITS}}}")


def claims(file: Published) -> bool:
    """Whether a file is a slice (named by its hash), partitions or a list of keys."""
    return bool(_HASH.fullmatch(file.last)) or any(_is_ours(one) for one in _listed(file.document))


def _is_ours(one: object) -> bool:
    return isinstance(one, dict) and "kid" in one and ("chunks" in one or {"mode", "hashTypes"} <= one.keys())


def _listed(document: object) -> list[Any]:
    return document if isinstance(document, list) else [document]


def read(files: Files) -> Found:
    """The filters and beginnings of all slices. Raises ``TrustError`` where one or a partition is missing."""
    found = Found(FORM)
    slices = {hashlib.sha256(file.raw).hexdigest(): file.raw for file in files if _HASH.fullmatch(file.last)}
    documents = [one for file in files if not _HASH.fullmatch(file.last) for one in _listed(file.document)]
    partitions = [one for one in documents if isinstance(one, dict) and "chunks" in one]
    _require_all({str(one["kid"]) for one in documents if isinstance(one, dict) and "kid" in one}, partitions)
    for partition in partitions:
        kid = _kid(partition["kid"])
        digits = "".join(str(partition.get(name) or "") for name in ("x", "y")).lower()
        for name, entry in _slices_of(partition, digits):
            _add(found, kid, (name, entry), slices)
    found.issued = oldest([time_of(partition.get("lastUpdated")) for partition in partitions])
    return found


def _require_all(kids: set[str], partitions: list[dict[str, Any]]) -> None:
    missing = sorted(kids - {str(one["kid"]) for one in partitions})
    if missing or not partitions:
        raise TrustError(f"the partitions of {', '.join(missing) or 'the slices'} are missing; fetch them too")


def _kid(text: object) -> bytes:
    """The kid, or that of every key where the one who withdrew did not know it."""
    kid = ANY_KID if text == EU_ANY_KID else base64_of(text)
    if kid is None or len(kid) > MAX_KID or (not kid and text != EU_ANY_KID):
        raise TrustError("the kid of a partition is not base64")
    return kid


def _slices_of(partition: Mapping[str, Any], digits: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The digits and the description of each slice. Raises ``TrustError`` for another shape."""
    chunks = partition["chunks"]
    for chunk, entries in chunks.items() if isinstance(chunks, dict) else [("", None)]:
        name = digits + str(chunk).lower()
        for entry in entries.values() if isinstance(entries, dict) else [None]:
            if not isinstance(entry, dict) or not _DIGITS.fullmatch(name):
                raise TrustError("a partition has another shape than it should")
            yield name, entry


def _add(found: Found, kid: bytes, named: tuple[str, Mapping[str, Any]], slices: Mapping[str, bytes]) -> None:
    digits, entry = named
    name, reading = str(entry.get("hash")).lower(), TYPES.get(str(entry.get("type")))
    if name not in slices:
        raise TrustError(f"the slice {name[:16]} is missing or damaged; fetch its archive again")
    if reading is None:
        found.skipped.append(f"slice {name[:16]}: its type is neither of {', '.join(TYPES)}")
        return
    try:
        found.entries += reading(slices[name], kid, digits)
    except TrustError as error:
        found.skipped.append(f"slice {name[:16]}: {error}")
