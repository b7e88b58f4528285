"""Our own writers of what issuers publish, after their public sources and not after the readers."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gate.credential.withdrawn.found import Published
from tests.credential.minting import NOON


def b64(raw: bytes) -> str:
    """Base64, padded."""
    return base64.b64encode(raw).decode()


def document(name: str, content: object) -> Published:
    """A JSON file."""
    return Published(name, json.dumps(content).encode())


def bloom(
    elements: Iterable[bytes], words: int = 64, functions: int = 5, *, version: int = 1, hashing: int = 0
) -> bytes:
    """A Bloom filter, with an array of words as the issuers' program has it."""
    array, put_in = [0] * words, 0
    for element in elements:
        put_in += 1
        for seed in range(functions):
            number = int.from_bytes(hashlib.sha256(element + bytes([seed])).digest(), "big", signed=True)
            word, bit = divmod(number % (32 * words), 32)
            array[word] |= 1 << (31 - bit)
    return struct.pack(f">hbbfiii{words}I", version, functions, hashing, 1e-6, put_in, put_in, words, *array)


def java_bytes(number: int) -> bytes:
    """Two's complement in as few bytes as there may be, big-endian."""
    bits = (number + 1 if number < 0 else number).bit_length() + 1
    return number.to_bytes(-(-bits // 8), "big", signed=True)


def varhash(elements: Iterable[bytes], size: int, *, version: int = 1) -> bytes:
    """A list of beginnings, with the defect of its writer."""
    numbers = sorted(int.from_bytes(element[:size], "big", signed=True) for element in elements)
    records = b"".join(java_bytes(number).rjust(size, b"\x00") for number in numbers)
    return struct.pack(">hfib", version, 1e-6, len(numbers), size) + records


def slice_file(raw: bytes) -> Published:
    """A slice as its archive names it."""
    return Published(f"archive.tar.gz/kid/null/0/{hashlib.sha256(raw).hexdigest()}", raw)


def partition(
    kid: bytes, chunks: Mapping[str, Sequence[tuple[str, bytes]]], x: str | None = None, y: str | None = None
) -> dict[str, Any]:
    """A partition of slices (type, bytes) by the digit of their chunk."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for chunk, slices in chunks.items():
        for number, (kind, raw) in enumerate(slices):
            described = {"type": kind, "version": "1.0", "hash": hashlib.sha256(raw).hexdigest()}
            found.setdefault(chunk, {})[f"2027-01-{number + 1:02}T00:00:00Z"] = described
    name = (x or "") + (y or "") or "null"
    times = {"lastUpdated": "2026-03-14T10:00:00Z", "expired": "2027-01-01T00:00:00Z"}
    return {"kid": b64(kid), "id": name, "x": x, "y": y, **times, "chunks": found}


def signed_list(value: object) -> bytes:
    """A COSE_Sign1 whose signature nobody verifies."""
    return cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7}), {}, cbor2.dumps(value), bytes(64)]))


def german(listed: Mapping[tuple[bytes, bytes], set[bytes]], depth: int = 2) -> list[Published]:
    """The folder of chunk lists for digests by (kid, type), their first ``depth`` bytes told by the place."""
    kids: dict[bytes, dict[bytes, int]] = {}
    files: list[Published] = []
    for (kid, kind), digests in listed.items():
        kids.setdefault(kid, {})[kind] = len(digests)
        folder = f"mirror/{kid.hex()}{kind.hex()}"
        files.append(Published(f"{folder}/index.lst", signed_list({})))
        places: dict[str, list[bytes]] = {}
        for digest in digests:
            place = "".join(f"{digest[at]:02x}/" for at in range(depth))
            places.setdefault(place, []).append(digest)
        files += [Published(f"{folder}/{place}chunk.lst", signed_list(held)) for place, held in places.items()]
    return [Published("mirror/kid.lst", signed_list(kids)), *files]


def whole(version: int, digests: Sequence[bytes], size: int = 3, **changes: object) -> list[dict[str, Any]]:
    """The chunks of a whole list of Italy."""
    parts = [digests[at : at + size] for at in range(0, len(digests), size)] or [[]]
    return [
        {**_head(version, number, parts, len(digests)), "revokedUcvi": [b64(one) for one in part], **changes}
        for number, part in enumerate(parts, start=1)
    ]


def delta(begin: int, version: int, before: set[bytes], after: set[bytes], size: int = 3) -> list[dict[str, Any]]:
    """The chunks of changes of Italy's list."""
    steps = [(True, one) for one in sorted(after - before)] + [(False, one) for one in sorted(before - after)]
    parts = [steps[at : at + size] for at in range(0, len(steps), size)] or [[]]
    return [
        {
            **_head(version, number, parts, len(after)),
            "fromVersion": begin,
            "delta": {
                "insertions": [b64(one) for comes, one in part if comes],
                "deletions": [b64(one) for comes, one in part if not comes],
            },
        }
        for number, part in enumerate(parts, start=1)
    ]


def _head(version: int, number: int, parts: Sequence[object], total: int) -> dict[str, Any]:
    names = {"id": f"id-{version}", "version": version, "chunk": number, "lastChunk": len(parts)}
    return {**names, "sizeSingleChunkInByte": 510, "totalNumberUCVI": total}


def crl(
    serials: Iterable[int],
    kid: bytes | None = b"k" * 20,
    *,
    number: int | None = 7,
    issued: datetime = NOON,
    base: int = 0,
) -> x509.CertificateRevocationList:
    """A list of withdrawn certificates; only the changes since ``base`` where that is given."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "UT")]))
        .last_update(issued)
        .next_update(issued + timedelta(days=90))
    )
    if kid is not None:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier(kid, None, None), critical=False)
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if base:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(issued)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(_KEY, hashes.SHA256())


_KEY = ec.generate_private_key(ec.SECP256R1())
