"""SMART Health Cards 1.4: ``shc:/`` + digits of a JWS of raw DEFLATE of claims in JSON.

The signature comes before anything is unpacked, so only a trusted issuer can make the gate unpack something. A key
counts for the exact name of its issuer: an ``iss`` that differs in one character is another issuer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gate.credential import base64url, inflate, jose, proof, shc_claims, shc_text
from gate.credential.errors import MalformedError, Refusal
from gate.credential.examination import Field, Format, Trail
from gate.credential.health_fields import statement_fields
from gate.credential.instant import Instant
from gate.credential.judging import Terms, judged
from gate.credential.keys import KeySort
from gate.credential.model import CredentialKind, RejectReason, Verified
from gate.credential.shc_claims import ShcClaims
from gate.credential.trust import Issuer, Trust
from gate.credential.withdrawal import known_not_listed

KEYS = frozenset((KeySort.P256,))
"""The keys that may sign cards."""

_THUMBPRINT_BYTES = 32
_GIVEN_BY = frozenset(("issuer",))
"""Personal too: a card may name the nurse."""


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a card, in order; ``Refusal`` at the first that fails."""
    trail.checking = "text"
    text = _unwrap(code)
    if trail.told:
        trail.found("digits of {} characters", len(text))
    trail.checking = "envelope"
    message = jose.read(text)
    kid = _kid(message)
    if trail.told:
        trail.found("JWS")
    signers = _signers(message, kid, trust, trail)
    trail.checking = "compression"
    payload = _payload(message)
    if trail.told:
        trail.found("DEFLATE of {} bytes", len(payload))
    trail.checking = "claims"
    claims = shc_claims.read(payload)
    if trail.told:
        trail.found("{} statements", len(claims.card.statements))
    _, credential = judged(_TERMS, claims, signers, trust, now, trail)
    elements = () if claims.rid is None else (claims.rid.encode("utf-8", "surrogatepass"),)
    known = known_not_listed(trust, signers, elements, claims.not_before, trail)
    return Verified(credential, claims.card, claims.not_before, claims.not_after, known)


def _signers(message: jose.Jws, kid: bytes, trust: Trust, trail: Trail) -> Sequence[proof.Signer]:
    """Whose trusted key made the signature; several where issuers share it."""
    signers = proof.candidates(trust, CredentialKind.SHC, kid, trail)
    trail.checking = "algorithm"
    if message.header.get("alg") != jose.ES256:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is not ES256")
    signers = proof.fitting(signers, KEYS)
    if trail.told:
        trail.found(jose.ES256)
    return proof.proven(signers, message.signature, message.signed, trail)


def _unwrap(code: bytes) -> bytes:
    chunk = shc_text.chunk_of(code)
    if chunk is None:
        return shc_text.jws_of(code[len(shc_text.PREFIX) :])
    if chunk.total > 1:
        raise Refusal(RejectReason.UNREADABLE, f"part {chunk.number} of a card that is split over {chunk.total} codes")
    return shc_text.jws_of(chunk.digits)


def _kid(message: jose.Jws) -> bytes:
    """The key id: the thumbprint of the key (RFC 7638) in base64url."""
    if "crit" in message.header:
        raise MalformedError("a header is marked critical that this version does not know")
    kid = message.header.get("kid")
    raw = base64url.decode(kid.encode("utf-8", "surrogatepass")) if isinstance(kid, str) else b""
    if len(raw) != _THUMBPRINT_BYTES:
        raise MalformedError("the key id is not the thumbprint of a key")
    return raw


def _payload(message: jose.Jws) -> bytes:
    if message.header.get("zip") != "DEF":
        raise MalformedError("the header does not say that the card is compressed")
    return inflate.deflate_stream(message.payload)


def _require_issuer(claims: ShcClaims, issuer: Issuer) -> None:
    if claims.issuer != issuer.id:
        raise Refusal(RejectReason.ISSUER_MISMATCH, f"the card names another issuer than {issuer.id}, who signed it")


_TERMS = Terms(CredentialKind.SHC, "the validity of the card", "issuer name", _require_issuer)


def _contents(code: bytes) -> tuple[Field, ...]:
    """What the card states, whoever signed it. Raises ``MalformedError`` and ``Refusal``."""
    message = jose.read(_unwrap(code))
    claims = shc_claims.read(_payload(message))
    several = len(claims.card.statements) > 1
    statements = (
        field
        for number, one in enumerate(claims.card.statements, start=1)
        for field in statement_fields(one, f" {number}" if several else "", _GIVEN_BY)
        if field.name.removesuffix(f" {number}") != "birth date"
    )
    every = (
        Field("issuer", claims.issuer),
        Field("key", _kid(message).hex()),
        Field("valid from", proof.moment(claims.not_before)),
        Field("valid until", proof.moment(claims.not_after) if claims.not_after else ""),
        Field("holder", claims.name, personal=True),
        Field("birth date", claims.card.birth_date, personal=True),
        Field("revocation id", claims.rid or "", personal=True),
        *statements,
    )
    return tuple(field for field in every if field.value)


FORMAT = Format(CredentialKind.SHC, re.compile(shc_text.PREFIX), _examine, _contents)
