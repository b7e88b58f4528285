"""The fuzz target: any bytes to a code, the code to a verdict. Nothing may escape, and nothing unsigned be accepted.

The first byte of an input says into which layer of which format the rest goes: text, compression, envelope, signed
payload or header. What a layer needs around it is made genuinely, with the keys of the tests, so that an input need not
guess a checksum or a signature to get deeper.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from gate.credential import base32, base45, cbor
from gate.credential.model import Rejected, Verified
from gate.credential.shc_chunks import Collector
from gate.credential.shc_text import chunk_of, text_of
from gate.credential.verify import explain, verify
from gate.policy import packs
from gate.policy.acceptance import Acceptance
from gate.policy.decision import judged
from gate.policy.eu_files import rules_of as rules_of_eu
from gate.policy.judging import RuleSet
from gate.policy.site import SitePolicy
from gate.policy.status import Rule
from tests.credential.divoc_minting import EXAMPLE, zipped
from tests.credential.hcert_minting import AUTHORITY, RECOVERY, TEST, dcc, message_of, text
from tests.credential.hostile import TRUST, UNSIGNED
from tests.credential.minting import MINT, at, signed_text
from tests.credential.nzcp_minting import NZ
from tests.credential.pretix_minting import FAIR
from tests.credential.pretix_minting import text as text_of_ticket
from tests.credential.shc_minting import CLINIC, OBSERVATION, PATIENT, chunks, deflated
from tests.credential.vdsnc_minting import SIGNER, TESTED, encoded
from tests.policy.eu_published import published

EVERY_PACK = RuleSet(tuple(map(packs.shipped, packs.SHIPPED)))
PLACE = Acceptance(Rule("eu-xx", 1), rules_of_eu(published()), "XX")
NOW = at()
CARD = CLINIC.valid(rid="Er9vHZ1UMeA")
GENUINE = {
    *(MINT.valid(), AUTHORITY.valid(), AUTHORITY.valid(dcc(t=[TEST])), AUTHORITY.valid(dcc(r=[RECOVERY]))),
    *(CARD, CLINIC.valid(PATIENT, OBSERVATION)),
}
OTHERS: tuple[bytes, ...] = (
    NZ.valid().encode(),
    FAIR.valid().encode(),
    SIGNER.valid().encode(),
    SIGNER.valid(TESTED).encode(),
    EXAMPLE.valid(),
)
KNOWN = {
    verdict.credential
    for code in (*(text.encode() for text in GENUINE), *OTHERS)
    if isinstance(verdict := verify(code, TRUST, NOW), Verified)
}

Layer = Callable[[bytes], str | bytes]


def _numeric(data: bytes) -> str:
    return text_of("".join(chr(45 + byte % 78) for byte in data))


UNPROVED: tuple[Layer, ...] = (
    lambda data: data,
    lambda data: data.decode("utf-8", "surrogateescape"),
    lambda data: b"HC1:" + data,
    lambda data: "HC1:" + base45.encode(data),
    lambda data: "HC1:" + base45.encode(zlib.compress(data)),
    lambda data: text(b"\xd2" + cbor.encode([data, {}, data, data])),
    lambda data: "GP1:" + base45.encode(data),
    lambda data: b"shc:/" + data,
    _numeric,
    lambda data: "NZCP:/1/" + base32.encode(data),
    lambda data: text_of_ticket(b"\x01\x00" + bytes((len(data) % 256,)) + b"\x00\x40" + data[:255] + bytes(64)),
    lambda data: b"{" + data,
    lambda data: json.dumps({"data": {}, "sig": {"alg": "ES256", "cer": encoded(data), "sigvl": encoded(data[:64])}}),
    lambda data: b"PK\x03\x04" + data,
    zipped,
)
"""Layers in which nothing is signed but what an input brings along."""

SIGNED: tuple[Layer, ...] = (
    AUTHORITY.of,
    lambda data: text(AUTHORITY.message(cbor.encode(AUTHORITY.claims()), protected=data)),
    lambda data: AUTHORITY.of(b"\xa3\x01\x62AT\x04\x1a\x7f\xff\xff\xff\x39\x01\x03\xa1\x01" + data),
    lambda data: signed_text(MINT.headers, data, MINT.key),
    lambda data: text_of(CLINIC.jws(data)),
    lambda data: text_of(CLINIC.jws(deflated(data))),
    lambda data: text_of(CLINIC.jws(deflated(b"{}"), data)),
    NZ.of,
    FAIR.of,
)
"""Layers around which a trusted issuer's signature is made."""

LAYERS = (*UNPROVED, *SIGNED)


def one(data: bytes) -> None:
    """Try one input. Raises ``AssertionError`` for what must never be, and lets everything else that is raised pass."""
    which = data[0] % len(LAYERS) if data else 0
    code = LAYERS[which](data[1:])
    verdict = verify(code, TRUST, NOW)
    explanation = explain(code, TRUST, NOW)
    assert explanation.verdict == verdict
    if isinstance(verdict, Rejected):
        assert verdict.detail.isprintable()
    else:
        assert which >= len(UNPROVED) or verdict.credential in KNOWN
        judged(verdict, NOW, SitePolicy(), EVERY_PACK, PLACE)
    _collect(code)


def _collect(code: str | bytes) -> None:
    raw = code if isinstance(code, bytes) else code.encode("utf-8", "surrogatepass")
    collector, found = Collector().offer(raw, 0)
    assert found.card is None or chunk_of(raw) is not None
    collector.offer(raw, 1)


def seeds(vectors: Path | None) -> Iterator[bytes]:
    """Inputs to begin with: genuine ones at every layer, hostile ones, and the cases of others where they are there."""
    for code in GENUINE:
        yield b"\x00" + code.encode()
    for other in OTHERS:
        yield b"\x00" + other
    message = message_of(AUTHORITY.valid())
    for layer, data in ((3, zlib.compress(message)), (4, message), (7, CARD.encode()[5:]), (8, b"eyJ.eyJ.eyJ")):
        yield bytes((layer,)) + data
    first = len(UNPROVED)
    for document in (dcc(), dcc(t=[TEST]), dcc(r=[RECOVERY])):
        yield bytes((first,)) + cbor.encode(AUTHORITY.claims(document))
        yield bytes((first + 2,)) + cbor.encode(document)
    yield bytes((first + 5,)) + json.dumps(CLINIC.claims()).encode()
    for hostile in UNSIGNED.values():
        raw = hostile if isinstance(hostile, bytes) else hostile.encode("utf-8", "surrogatepass")
        if len(raw) < 9000:
            yield b"\x00" + raw
    for part in chunks(CARD, 3):
        yield b"\x00" + part.encode()
    yield from _of_others(vectors)


def _of_others(vectors: Path | None) -> Iterator[bytes]:
    from tests.conformance.cases import NotRun, families, read  # noqa: PLC0415  (loads the decoders of pictures)
    from tests.conformance.codes import code_of  # noqa: PLC0415  (as above)
    from tests.conformance.running import KNOWN as FAMILIES  # noqa: PLC0415  (as above)

    for family in families(vectors) if vectors is not None and vectors.is_dir() else ():
        for number, case in enumerate(read(family) if family.name in FAMILIES else ()):
            try:
                if number % 4 == 0:
                    yield b"\x00" + code_of(case)
            except NotRun:
                continue
