"""Codes that are made to cost much or to confuse, by what they try; some of them are signed by a trusted issuer."""

from __future__ import annotations

import zlib
from typing import Any

from gate.credential import base45, cbor
from gate.credential.shc_text import text_of
from tests.credential.divoc_minting import EXAMPLE, changed, zipped
from tests.credential.hcert_minting import AUTHORITY, VACCINATION, Authority, dcc
from tests.credential.minting import MINT
from tests.credential.nzcp_minting import NZ
from tests.credential.pretix_minting import FAIR, Organiser
from tests.credential.pretix_minting import text as text_of_ticket
from tests.credential.shc_minting import CLINIC, PATIENT, Clinic, deflated, dose
from tests.credential.vdsnc_minting import SIGNER, UTOPIA, Signer, encoded, key_of

HOSTILE_TEXT = "\x1b[31m\x07<script>alert(1)</script>&amp;\r\n=cmd|' /C calc'!A0\u202e\ufeff" + "A" * 100
BILLION_LAUGHS = '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><lolz>&b;</lolz>'
LOCAL_ZIP = b"PK\x03\x04" + bytes(26) + b"../../etc/passwd"
FULL_SIZE = 65_000
CROWDED = [Authority("p384") for _ in range(6)]
"""Their keys are listed under the kid of the first."""


def packed(message: bytes) -> str:
    """Anything as if it were the message of a certificate."""
    return "HC1:" + base45.encode(zlib.compress(message, 9))


def full(item: bytes, size: int) -> bytes:
    """A CBOR array of as many equal items as take this many bytes."""
    count = size // len(item)
    return b"\x9a" + count.to_bytes(4, "big") + item * count


def json_of(start: bytes, item: bytes, end: bytes, size: int = FULL_SIZE) -> bytes:
    """A JSON text of as many equal items as take this many bytes."""
    return start + item * ((size - len(start) - len(end)) // len(item)) + end


def as_claim(item: bytes) -> bytes:
    """A payload of a certificate that is nearly all this item."""
    return b"\xa1\x09" + full(item, 4000)


def frame(*, protected: bytes = b"\x40", unprotected: bytes = b"\xa0", rest: bytes = b"\x40\x40") -> bytes:
    return b"\xd2\x84" + protected + unprotected + rest


UNSIGNED: dict[str, str | bytes] = {
    "a bomb of megabytes": packed(bytes(2_800_000)),
    "a bomb of the size that is allowed": packed(bytes(64 * 1024)),
    "a bomb in a bomb": packed(zlib.compress(bytes(2_000_000), 9)),
    "4,296 characters": "HC1:" + "A" * 4292,
    "4,296 characters of a pass": "GP1:" + "0" * 4292,
    "4,296 characters of nothing": "%" * 4296,
    "7,089 digits": "1" * 7089,
    "7,089 characters of a card": "shc:/" + "5" * 7084,
    "all digits of a card": "shc:/" + "56" * 4093,
    "a card of dots": text_of("." * 4090),
    "a chunk number without end": "shc:/" + "9" * 4000 + "/" + "9" * 4000,
    "many megabytes": "HC1:" + "A" * 3_000_000,
    "many megabytes of bytes": bytes(3_000_000),
    "an array of numbers": packed(b"\xd2" + full(b"\x01", FULL_SIZE)),
    "an array of arrays": packed(full(b"\x80", FULL_SIZE)),
    "deep CBOR": packed(b"\xd2" + b"\x81" * FULL_SIZE),
    "deep maps": packed(frame(unprotected=b"\xa1\x01" * 30_000)),
    "deep tags": packed(frame(unprotected=b"\xc6" * FULL_SIZE)),
    "many headers": packed(frame(unprotected=full(b"\xa0", 2000))),
    "many signed headers": packed(frame(protected=b"\x59\x07\xd0" + full(b"\xa0", 2000)[:2000])),
    "a header twice": packed(frame(unprotected=b"\xa2\x04\x41\x01\x04\x41\x02")),
    "two NaN as headers": packed(frame(unprotected=b"\xa2\xf9\x7e\x00\x01\xf9\x7e\x00\x02")),
    "a bignum as header": packed(frame(unprotected=b"\xa1\x04\xc2\x59\x07\x00" + b"\xff" * 1792)),
    "an array that claims 2^63": packed(frame(unprotected=b"\xbb\x7f" + b"\xff" * 7)),
    "a text that claims 2^31": packed(frame(protected=b"\x5a\x7f\xff\xff\xff")),
    "endless arrays": packed(b"\xd2\x9f" + b"\x01" * 60_000),
    "lone surrogates": "HC1:\ud800\udfff" * 400,
    "a zip archive": LOCAL_ZIP,
    "a zip archive in a certificate": packed(LOCAL_ZIP),
    "XML": BILLION_LAUGHS,
    "ANSI and HTML": HOSTILE_TEXT,
    "JSON": '{"data":{"hdr":' * 400,
    "a seal of arrays": json_of(
        b'{"data":{"a":[', b"[],", b'[]]},"sig":{"alg":"ES256","cer":"AA","sigvl":"AA"}}', 8000
    ),
    "a seal of numbers": json_of(b'{"data":{"a":[', b"1,", b'1]},"sig":{"alg":"ES256","cer":"AA","sigvl":"AA"}}', 8000),
    "a seal with a strange certificate": SIGNER.of(
        SIGNER.data(), cer=encoded(b"\x30\x82\x0f\xf0" + b"\x30\x00" * 2040)
    ),
    "a forged seal by a trusted signer": SIGNER.of(SIGNER.data(), sigvl=encoded(b"\x01" * 64)),
    "a seal whose signer a stranger certified": Signer(UTOPIA, ca_key=key_of("rsa")).valid(),
    "a ticket that every key is tried on": Organiser().valid(),
    "a ticket of zeros": text_of_ticket(b"\x01\x0f\x00\x00\x40" + bytes(3840 + 64)),
    "a NZ pass of 4,296 characters": "NZCP:/1/" + "A" * 4288,
    "a DIVOC bomb": zipped(b" " * 3_000_000),
    "a DIVOC document of the size that is allowed": zipped(json_of(b'{"a":[', b"{},", b"{}]}", 8000)),
    "a DIVOC document of numbers": zipped(json_of(b'{"proof":{},"a":[', b"1,", b"1]}", 60_000)),
    "a DIVOC document of texts": zipped(json_of(b'{"proof":{},"a":[', b'"",', b'""]}', 60_000)),
    "a forged DIVOC document of long texts": EXAMPLE.of(
        {**EXAMPLE.signed(changed()), **changed(evidence__batch="x" * 1000, evidence__vaccine="y" * 1000)}
    ),
    "a forged card that is a bomb": text_of(Clinic().jws(deflated(bytes(2_000_000)), CLINIC.header)),
    "a forgery under a kid of many keys": Authority("p384").of({}, protected=CROWDED[0].headers),
    "a card whose header is full": text_of(CLINIC.jws(b"", b'{"a":[' + b"{}," * 450 + b"1]}")),
    "a card whose header is deep": text_of(CLINIC.jws(b"", b'{"a":' + b"[" * 1400)),
}
"""What anybody can print."""

SIGNED: dict[str, str] = {
    **{
        f"a certificate full of {name}": AUTHORITY.of(as_claim(item))
        for name, item in {
            "numbers": b"\x01",
            "arrays": b"\x80",
            "maps": b"\xa0",
            "texts": b"\x60",
            "floats": b"\xf9\x3c\x00",
            "deep arrays": b"\x81\x81\x81\x81\x81\x80",
        }.items()
    },
    "a certificate with a payload of 60,000 bytes": AUTHORITY.of(cbor.encode(bytes(60_000))),
    "a certificate of many keys": AUTHORITY.of(cbor.encode(dict.fromkeys(range(1000, 1900), 0))),
    "a certificate of many entries": AUTHORITY.valid(dcc(v=[{}] * 900)),
    "a certificate with a key twice": AUTHORITY.of(b"\xa2\x01\x62AT\x01\x62AT"),
    "a certificate that ends at NaN": AUTHORITY.valid(exp=float("nan")),
    "a certificate that ends at a bignum": AUTHORITY.valid(exp=2**80),
    "a certificate with half a surrogate": AUTHORITY.of(b"\xa1\x01\x63\xed\xa0\x80"),
    "a card that is a bomb": text_of(CLINIC.jws(deflated(bytes(2_000_000)))),
    **{
        f"a card full of {name}": CLINIC.of(json_of(b'{"a":[', item, b"1]}"))
        for name, item in {
            "arrays": b"[],",
            "deep arrays": b"[[[[[[[[]]]]]]]],",
            "objects": b"{},",
            "numbers": b"1,",
            "fractions": b"1.5,",
            "exponents": b"1e9,",
            "infinite fractions": b"1e999,",
            "long numbers": b"9" * 4200 + b",",
            "texts": b'"",',
            "escapes": b'"\\ud800",',
            "trues": b"true,",
        }.items()
    },
    "a card of many names": CLINIC.of(b'{"a":{' + b",".join(b'"%d":""' % number for number in range(1500)) + b"}}"),
    "a card that is deep": CLINIC.of(b'{"a":' * 9000),
    "a card with a name twice": CLINIC.of(b'{"nbf":1,"nbf":2}'),
    "a card that begins at NaN": CLINIC.of(b'{"nbf":NaN}'),
    "a card that begins at infinity": CLINIC.of(b'{"iss":"x","nbf":1e999}'),
    "a card of many entries": CLINIC.of(
        {**CLINIC.claims(), "vc": {"credentialSubject": {"fhirBundle": {"entry": [""] * 20_000}}}}
    ),
    "a card of many doses": CLINIC.valid(PATIENT, *[dose(1)] * 65),
}
"""What only an issuer can make that is trusted, and hostile; each is rejected."""


EVERY: dict[str, str | bytes] = {**UNSIGNED, **SIGNED}
TRUST = MINT.trusting(
    *(MINT.issuer_of(), AUTHORITY.issuer(), CLINIC.issuer(), *(one.issuer(kid=CROWDED[0].kid) for one in CROWDED)),
    *(UTOPIA.issuer(), EXAMPLE.issuer(), NZ.issuer(), FAIR.issuer(), *(Organiser().issuer() for _ in range(7))),
)


def with_text(text: str) -> dict[str, str]:
    """Genuine credentials that carry a text wherever one can stand."""
    entry: dict[str, Any] = dict.fromkeys(VACCINATION, text)
    patient = {"resourceType": "Patient", "birthDate": text, "name": [{"family": text, "given": [text]}]}
    shot = dose(1, occurrenceDateTime=text, vaccineCode={"coding": [{"code": text}]}, performer=[{"display": text}])
    return {
        "pass": MINT.valid(subject=text[:64]),
        "hc1": AUTHORITY.valid({**dcc(v=[entry]), "nam": {"fn": text, "gn": text}, "dob": text}),
        "shc": CLINIC.valid(patient, shot, rid=text[:64]),
    }
