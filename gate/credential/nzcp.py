"""The NZ pass (NZCP 1.0): ``NZCP:/1/`` + base32 of a COSE_Sign1 message whose payload are CWT claims.

Key ids such as ``key-1`` are the issuer's own, so several issuers may use the same: the signature tells which it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gate.credential import base32, cose, nzcp_claims, proof
from gate.credential.errors import MalformedError, Refusal
from gate.credential.examination import Field, Format, Trail
from gate.credential.instant import Instant
from gate.credential.judging import Terms, judged
from gate.credential.keys import KeySort
from gate.credential.model import CredentialKind, Entitlement, RejectReason, Verified
from gate.credential.nzcp_claims import NzcpClaims
from gate.credential.trust import Issuer, Trust
from gate.credential.withdrawal import known_not_listed

PREFIX = b"NZCP:/1/"
PURPOSE = "public-covid-pass"
MAX_CHARACTERS = 4296
"""What the largest QR code holds in alphanumeric mode."""

MAX_KID = 64
_KEYS = frozenset((KeySort.P256,))


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a pass, in order; ``Refusal`` at the first that fails."""
    trail.checking = "text"
    raw = _unwrap(code)
    if trail.told:
        trail.found("base32 of {} bytes", len(raw))
    trail.checking = "envelope"
    message = cose.read(raw)
    kid = _kid(message)
    if trail.told:
        trail.found("COSE_Sign1")
    signers = _signers(message, kid, trust, trail)
    trail.checking = "claims"
    claims = nzcp_claims.read(message.payload)
    if trail.told:
        trail.found("complete")
    _, credential = judged(_TERMS, claims, signers, trust, now, trail)
    known = known_not_listed(trust, signers, (claims.pass_id,), claims.not_before, trail)
    facts = Entitlement(PURPOSE, claims.birth_date)
    return Verified(credential, facts, claims.not_before, claims.not_after, known)


def _signers(message: cose.Sign1, kid: bytes, trust: Trust, trail: Trail) -> Sequence[proof.Signer]:
    """Whose trusted key made the signature; several where the bundle lists it more than once."""
    signers = proof.candidates(trust, CredentialKind.NZCP, kid, trail)
    trail.checking = "algorithm"
    if cose.algorithm_of(message) is not cose.Algorithm.ES256:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is not ES256")
    signers = proof.fitting(signers, _KEYS)
    if trail.told:
        trail.found("ES256")
    return proof.proven(signers, message.signature, cose.signed_by(message), trail)


def _unwrap(code: bytes) -> bytes:
    if len(code) > MAX_CHARACTERS:
        raise Refusal(RejectReason.TOO_LARGE, f"the pass is longer than {MAX_CHARACTERS} characters")
    return base32.decode(code[len(PREFIX) :])


def _kid(message: cose.Sign1) -> bytes:
    if cose.HEADER_CRIT in message.protected or cose.HEADER_CRIT in message.unprotected:
        raise MalformedError("a header is marked critical that this version does not know")
    kid = message.protected.get(cose.HEADER_KID)
    if not isinstance(kid, bytes) or not 0 < len(kid) <= MAX_KID:
        raise MalformedError(f"the key id is not 1 to {MAX_KID} bytes in the signed header")
    return kid


def _require_issuer(claims: NzcpClaims, issuer: Issuer) -> None:
    if claims.issuer != issuer.id:
        raise Refusal(RejectReason.ISSUER_MISMATCH, f"the pass names another issuer than {issuer.id}, who signed it")


_TERMS = Terms(CredentialKind.NZCP, "the validity of the pass", "issuer name", _require_issuer)


def _contents(code: bytes) -> tuple[Field, ...]:
    """What the pass states, whoever signed it. Raises ``MalformedError`` and ``Refusal``."""
    message = cose.read(_unwrap(code))
    claims = nzcp_claims.read(message.payload)
    every = (
        Field("issuer", claims.issuer),
        Field("key", _kid(message).decode("ascii", "backslashreplace")),
        Field("valid from", proof.moment(claims.not_before)),
        Field("valid until", proof.moment(claims.not_after)),
        Field("pass id", claims.pass_id.hex(), personal=True),
        Field("holder", claims.name, personal=True),
        Field("birth date", claims.birth_date, personal=True),
    )
    return tuple(field for field in every if field.value)


FORMAT = Format(CredentialKind.NZCP, re.compile(PREFIX), _examine, _contents)
