"""A health authority for tests: HC1 certificates of every sort, signed with keys of its own."""

from __future__ import annotations

import hashlib
import zlib
from datetime import timedelta
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gate.credential import base45, cbor
from gate.credential.model import CredentialKind
from gate.credential.revocation import NothingListed, Revocation
from gate.credential.trust import Issuer, IssuerKey, Trust, TrustBundle
from tests.credential.minting import EPOCH, NOON

SignerKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
ES256, PS256 = -7, -37
NOW_S = int(NOON.timestamp())
UCI = "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B"
NAMES = {"fn": "Musterfrau-Gößinger", "fnt": "MUSTERFRAU<GOESSINGER", "gn": "Gabriele", "gnt": "GABRIELE"}
VACCINATION: dict[str, Any] = {
    "tg": "840539006",
    "vp": "1119349007",
    "mp": "EU/1/20/1528",
    "ma": "ORG-100030215",
    "dn": 2,
    "sd": 2,
    "dt": "2026-02-18",
    "co": "AT",
    "is": "Ministry of Health, Austria",
    "ci": UCI,
}
TEST: dict[str, Any] = {
    "tg": "840539006",
    "tt": "LP6464-4",
    "nm": "Roche LightCycler",
    "ma": "1232",
    "sc": "2026-03-13T10:27:15Z",
    "tr": "260415000",
    "tc": "Testing center Vienna 1",
    "co": "AT",
    "is": "Ministry of Health, Austria",
    "ci": UCI,
}
RECOVERY: dict[str, Any] = {
    "tg": "840539006",
    "fr": "2026-01-20",
    "df": "2026-02-01",
    "du": "2026-07-30",
    "co": "AT",
    "ci": UCI,
    "is": "Ministry of Health, Austria",
}


def dcc(**entries: Any) -> dict[str, Any]:
    """A document of the EU; a vaccination where no other entry is given."""
    return {"ver": "1.3.0", "nam": NAMES, "dob": "1998-02-26", **(entries or {"v": [VACCINATION]})}


def text(message: bytes) -> str:
    """A message as the text of a code."""
    return "HC1:" + base45.encode(zlib.compress(message, 9))


def message_of(code: str) -> bytes:
    """The message behind the text of a code."""
    return zlib.decompress(base45.decode(code[4:].encode()))


class Authority:
    """One issuer of certificates: ``sort`` of key is p256, p384 or rsa."""

    def __init__(self, sort: str = "p256", *, country: str | None = "AT") -> None:
        self.key = new_signer(sort)
        self.algorithm = PS256 if sort == "rsa" else ES256
        self.country = country
        self.kid = hashlib.sha256(repr(self.key.public_key().public_numbers()).encode()).digest()[:8]
        self.trust = self.trusting()

    def issuer(self, *usages: str, lists: tuple[str, ...] = (), **key: Any) -> Issuer:
        """The entry in a bundle."""
        usual: dict[str, Any] = {"kid": self.kid, "public": self.key.public_key(), "usages": frozenset(usages)}
        signer = IssuerKey(**{**usual, "not_before": None, "not_after": None, **key})
        return Issuer("austria", "Austria", CredentialKind.HC1, self.country, (signer,), lists)

    def trusting(self, *issuers: Issuer, revocation: Revocation | None = None) -> Trust:
        """A trust in these issuers, or in this one."""
        issued = NOON - timedelta(hours=1)
        bundle = TrustBundle(1, issued, issued + timedelta(days=30), issuers or (self.issuer(),))
        return Trust(bundle, EPOCH, revocation or NothingListed())

    @property
    def headers(self) -> dict[int, Any]:
        """The protected headers of this issuer."""
        return {1: self.algorithm, 4: self.kid}

    def claims(self, document: Any = None, **changes: Any) -> dict[int, Any]:
        """The claims around a document, valid for a year around ``NOON``; ``iss=None`` and the like leave one out."""
        usual = {"iss": self.country, "iat": NOW_S - 86400, "exp": NOW_S + 180 * 86400}
        numbers = {"iss": 1, "exp": 4, "nbf": 5, "iat": 6}
        named = {numbers[name]: value for name, value in {**usual, **changes}.items() if value is not None}
        return {**named, -260: {1: document or dcc()}}

    def sign(self, protected: bytes, payload: bytes) -> bytes:
        """The signature over both."""
        signed = cbor.encode(["Signature1", protected, b"", payload])
        return raw_signature(self.key, signed)

    def message(self, payload: bytes, protected: Any = None, unprotected: Any = None, head: bytes = b"\xd2") -> bytes:
        """A signed message; ``protected`` may be bytes as they are to stand there."""
        headers = self.headers if protected is None else protected
        written = headers if isinstance(headers, bytes) else cbor.encode(headers)
        return head + cbor.encode([written, unprotected or {}, payload, self.sign(written, payload)])

    def valid(self, document: Any = None, **changes: Any) -> str:
        """The text of a genuine certificate."""
        return text(self.message(cbor.encode(self.claims(document, **changes))))

    def of(self, claims: Any, **parts: Any) -> str:
        """The text of a certificate of any claims, or of any payload."""
        return text(self.message(claims if isinstance(claims, bytes) else cbor.encode(claims), **parts))


def new_signer(sort: str) -> SignerKey:
    """A fresh key."""
    if sort == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP384R1() if sort == "p384" else ec.SECP256R1())


def raw_signature(key: SignerKey, signed: bytes) -> bytes:
    """ES256 as r || s, or PS256."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    half = (key.key_size + 7) // 8
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


AUTHORITY = Authority()
P384, RSA = Authority("p384"), Authority("rsa")
