"""EU DCC and WHO HCERT: ``HC1:`` + base45 of zlib of a COSE_Sign1 message whose payload are CWT claims.

Certificates in the field are read as they are: key id and algorithm in either header, the signed one first; tags 18,
61(18) or none. What is signed is strict all the same: the key id alone selects keys, and the key its algorithm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gate.credential import base45, cose, hcert_claims, inflate, proof
from gate.credential.cose import Algorithm
from gate.credential.errors import MalformedError, Refusal
from gate.credential.examination import Field, Format, Trail
from gate.credential.hcert_claims import HcertClaims
from gate.credential.hcert_fields import fields_of
from gate.credential.instant import Instant
from gate.credential.judging import Terms, judged
from gate.credential.keys import KeySort
from gate.credential.model import CredentialKind, RejectReason, Verified
from gate.credential.trust import Issuer, Trust
from gate.credential.withdrawal import known_not_listed, lists_of

PREFIX = b"HC1:"
MAX_CHARACTERS = 4296
"""What the largest QR code holds in alphanumeric mode."""

MAX_KID = 64
KEYS: Mapping[Algorithm, frozenset[KeySort]] = {
    Algorithm.ES256: frozenset((KeySort.P256, KeySort.P384)),
    Algorithm.PS256: frozenset((KeySort.RSA,)),
}
"""The algorithms of certificates, and the keys that are used with each; P-384 keys sign ES256 in the field."""

_CWT_TAG_HEAD = b"\xd8\x3d"


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a certificate, in order; ``Refusal`` at the first that fails."""
    trail.checking = "text"
    packed = _unwrap(code)
    if trail.told:
        trail.found("base45 of {} bytes", len(packed))
    trail.checking = "compression"
    raw = inflate.zlib_stream(packed)
    if trail.told:
        trail.found("zlib of {} bytes", len(raw))
    trail.checking = "envelope"
    message = cose.read(raw.removeprefix(_CWT_TAG_HEAD))
    kid = _kid(message)
    if trail.told:
        trail.found("COSE_Sign1")
    signers = _signers(message, kid, trust, trail)
    trail.checking = "claims"
    claims = hcert_claims.read(message.payload)
    if trail.told:
        trail.found(_what_of, claims)
    _, credential = judged(_TERMS, claims, signers, trust, now, trail)
    elements = _elements(message, claims) if lists_of(signers) else ()
    known = known_not_listed(trust, signers, elements, claims.not_before, trail)
    content = claims.content
    return Verified(credential, content.facts, claims.not_before, claims.not_after, known, content.document)


def _what_of(claims: HcertClaims) -> str:
    return f"one {claims.usage}"


def _signers(message: cose.Sign1, kid: bytes, trust: Trust, trail: Trail) -> Sequence[proof.Signer]:
    """Whose trusted key made the signature; several where the bundle lists it more than once."""
    signers = proof.candidates(trust, CredentialKind.HC1, kid, trail)
    trail.checking = "algorithm"
    algorithm = _algorithm(message)
    signers = proof.fitting(signers, KEYS[algorithm])
    if trail.told:
        trail.found("{0.name}", algorithm)
    return proof.proven(signers, message.signature, cose.signed_by(message), trail)


def _unwrap(code: bytes) -> bytes:
    if len(code) > MAX_CHARACTERS:
        raise Refusal(RejectReason.TOO_LARGE, f"the certificate is longer than {MAX_CHARACTERS} characters")
    return base45.decode(code[len(PREFIX) :])


def _kid(message: cose.Sign1) -> bytes:
    """The key id, of the signed header or else the other one."""
    if cose.HEADER_CRIT in message.protected or cose.HEADER_CRIT in message.unprotected:
        raise MalformedError("a header is marked critical that this version does not know")
    kid = message.protected.get(cose.HEADER_KID) or message.unprotected.get(cose.HEADER_KID)
    if not isinstance(kid, bytes) or not 0 < len(kid) <= MAX_KID:
        raise MalformedError(f"the key id is not 1 to {MAX_KID} bytes")
    return kid


def _algorithm(message: cose.Sign1) -> Algorithm:
    headers = message.protected if cose.HEADER_ALG in message.protected else message.unprotected
    algorithm = cose.named(headers.get(cose.HEADER_ALG), KEYS)
    if algorithm is None:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is neither ES256 nor PS256")
    return algorithm


def _require_country(claims: HcertClaims, issuer: Issuer) -> None:
    """A certificate that names its issuer, and an issuer that names its country, mean the same country."""
    if issuer.country is not None and claims.issuer is not None and claims.issuer.upper() != issuer.country.upper():
        raise Refusal(RejectReason.ISSUER_MISMATCH, f"the certificate names another country than {issuer.country}'s")


_TERMS = Terms(CredentialKind.HC1, "the validity of the certificate", "issuer country", _require_country)


def _elements(message: cose.Sign1, claims: HcertClaims) -> tuple[bytes, ...]:
    """What may be withdrawn: the certificate's id, country and id, the signature (of ECDSA only r).

    Whether an issuer digests the spaces around an id is not told, so both are asked.
    """
    written = claims.content.facts.certificate_id
    countries = {country for country in (claims.issuer, claims.content.facts.country) if country}
    by_id = tuple(
        f"{country}{uci}".encode("utf-8", "surrogatepass")
        for uci in dict.fromkeys((written, written.strip()))
        for country in ("", *sorted(countries))
        if uci
    )
    signature = message.signature
    return (*by_id, signature if _algorithm(message) is Algorithm.PS256 else signature[: len(signature) // 2])


def _contents(code: bytes) -> tuple[Field, ...]:
    """What the certificate states, whoever signed it. Raises ``MalformedError`` and ``Refusal``."""
    message = cose.read(inflate.zlib_stream(_unwrap(code)).removeprefix(_CWT_TAG_HEAD))
    return fields_of(hcert_claims.read(message.payload), _kid(message))


FORMAT = Format(CredentialKind.HC1, re.compile(PREFIX), _examine, _contents)
