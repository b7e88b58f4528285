"""The gate pass: ``GP1:`` + base45 of a COSE_Sign1 message whose payload are CWT claims (docs/credentials.md).

The format is ours, so reading it is strict: ids and algorithm in the protected header, nothing in the other one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gate.credential import base45, cose, pass_claims, proof
from gate.credential.errors import MalformedError, Refusal
from gate.credential.examination import Field, Format, Trail
from gate.credential.instant import Instant
from gate.credential.judging import Terms, judged
from gate.credential.keys import KID_BYTES, KeySort, PrivateKey, kid_of
from gate.credential.model import Colour, CredentialKind, Notice, PassFacts, RejectReason, Verified
from gate.credential.pass_claims import PassClaims
from gate.credential.trust import Issuer, Trust
from gate.credential.withdrawal import known_not_listed, status_of

PREFIX = b"GP1:"
TYP = "application/gate-pass+cwt"
KEYS = {cose.Algorithm.EDDSA: frozenset((KeySort.ED25519,)), cose.Algorithm.ES256: frozenset((KeySort.P256,))}
"""The algorithms of passes, and the keys that are used with each."""

MAX_CHARACTERS = 4296
"""What the largest QR code holds in alphanumeric mode."""


def mint(claims: PassClaims, private: PrivateKey) -> str:
    """The text of a new pass. Raises ``MalformedError`` for claims that ``verify`` would refuse."""
    payload = pass_claims.write(claims)
    protected: cose.Headers = {cose.HEADER_KID: kid_of(private.public_key()), cose.HEADER_TYP: TYP}
    return PREFIX.decode("ascii") + base45.encode(cose.sign(protected, payload, private))


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a pass, in order; ``Refusal`` at the first that fails."""
    trail.checking = "text"
    raw = _unwrap(code)
    if trail.told:
        trail.found("base45 of {} bytes", len(raw))
    trail.checking = "envelope"
    message = cose.read(raw)
    kid = _strict_headers(message)
    if trail.told:
        trail.found("COSE_Sign1, {}", TYP)
    signers = _signers(message, kid, trust, trail)
    trail.checking = "claims"
    claims = pass_claims.read(message.payload)
    if trail.told:
        trail.found("complete")
    signer, credential = judged(_TERMS, claims, signers, trust, now, trail)
    known = known_not_listed(trust, signers, claims.elements, claims.not_before, trail)
    facts = PassFacts(claims.purpose, claims.colour)
    if claims.status is not None:
        status = status_of(trust, signer[0], claims.status, now.utc, trail)
        known = known and status is not None
        facts = _with_status(facts, status)
    return Verified(credential, facts, claims.not_before, claims.not_after, known)


def _with_status(facts: PassFacts, status: Colour | Notice | None) -> PassFacts:
    """What a pass states, once its status list was asked."""
    if isinstance(status, Notice):
        return PassFacts(facts.purpose, Colour.BLACK, status)
    return PassFacts(facts.purpose, status or facts.colour)


def _signers(message: cose.Sign1, kid: bytes, trust: Trust, trail: Trail) -> Sequence[proof.Signer]:
    """Whose trusted key made the signature; several where the bundle lists it more than once."""
    signers = proof.candidates(trust, CredentialKind.PASS, kid, trail)
    trail.checking = "algorithm"
    algorithm = _algorithm(message)
    signers = proof.fitting(signers, KEYS[algorithm])
    if trail.told:
        trail.found("{0.name}", algorithm)
    return proof.proven(signers, message.signature, cose.signed_by(message), trail)


def _unwrap(code: bytes) -> bytes:
    if len(code) > MAX_CHARACTERS:
        raise Refusal(RejectReason.TOO_LARGE, f"the pass is longer than {MAX_CHARACTERS} characters")
    return base45.decode(code[len(PREFIX) :])


def _strict_headers(message: cose.Sign1) -> bytes:
    """The kid of a message whose headers are a pass's."""
    if cose.HEADER_ALG in message.unprotected:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "an algorithm is named outside the signed header")
    if message.unprotected:
        raise MalformedError("a header stands outside the signed ones")
    if cose.HEADER_CRIT in message.protected:
        raise MalformedError("a header is marked critical that this version does not know")
    if message.protected.get(cose.HEADER_TYP) != TYP:
        raise MalformedError(f"the message is not typed {TYP}")
    kid = message.protected.get(cose.HEADER_KID)
    if not isinstance(kid, bytes) or len(kid) != KID_BYTES:
        raise MalformedError(f"the key id is not {KID_BYTES} bytes")
    return kid


def _algorithm(message: cose.Sign1) -> cose.Algorithm:
    algorithm = cose.algorithm_of(message)
    if algorithm is None:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is neither EdDSA nor ES256")
    return algorithm


def _require_issuer(claims: PassClaims, issuer: Issuer) -> None:
    if claims.issuer != issuer.id:
        raise Refusal(RejectReason.ISSUER_MISMATCH, f"the pass names another issuer than {issuer.id}, who signed it")


_TERMS = Terms(CredentialKind.PASS, "the validity of the pass", "issuer name", _require_issuer)


def identity(text: str) -> tuple[bytes, bytes]:
    """Kid and id of a pass, proved or not, as deny lists know it. Raises ``MalformedError``."""
    code = text.encode("utf-8", "surrogatepass")
    if not code.startswith(PREFIX):
        raise MalformedError("it does not begin with GP1:")
    try:
        message = cose.read(_unwrap(code))
        return _strict_headers(message), pass_claims.read(message.payload).stable_id
    except Refusal as refusal:
        raise MalformedError(refusal.detail) from refusal


def _contents(code: bytes) -> tuple[Field, ...]:
    """What the pass states, whoever signed it. Raises ``MalformedError``."""
    try:
        message = cose.read(_unwrap(code))
    except Refusal as refusal:
        raise MalformedError(refusal.detail) from refusal
    claims = pass_claims.read(message.payload)
    kid = message.protected.get(cose.HEADER_KID)
    every = (
        Field("issuer", claims.issuer),
        Field("key", kid.hex() if isinstance(kid, bytes) else ""),
        Field("purpose", claims.purpose),
        Field("colour", claims.colour.value if claims.colour else ""),
        Field("issued", proof.moment(claims.issued_at) if claims.issued_at else ""),
        Field("valid from", proof.moment(claims.not_before) if claims.not_before else ""),
        Field("valid until", proof.moment(claims.not_after)),
        Field("subject", _readable(claims.subject), personal=True),
        Field("pass id", _readable(claims.pass_id), personal=True),
        Field("status list", claims.status.uri if claims.status else ""),
        Field("status entry", str(claims.status.index) if claims.status else "", personal=True),
    )
    return tuple(field for field in every if field.value)


def _readable(identity: str | bytes | None) -> str:
    return identity.hex() if isinstance(identity, bytes) else identity or ""


FORMAT = Format(CredentialKind.PASS, re.compile(PREFIX), _examine, _contents)
