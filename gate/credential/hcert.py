"""EU DCC and WHO HCERT: ``HC1:`` + base45 of zlib of a COSE_Sign1 message whose payload are CWT claims.

Certificates in the field are read as they are: key id and algorithm in either header, the signed one first; tags 18,
61(18) or none. What is signed is strict all the same: the key id alone selects keys, and the key its algorithm.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gate.credential import base45, cose, hcert_claims, inflate, proof
from gate.credential.cose import Algorithm
from gate.credential.errors import MalformedError, Refusal
from gate.credential.examination import Field, Format, Trail
from gate.credential.hcert_claims import HcertClaims
from gate.credential.hcert_fields import fields_of
from gate.credential.health import LabTest, Recovery, Vaccination
from gate.credential.instant import Instant
from gate.credential.keys import MIN_RSA_BITS, PublicKey
from gate.credential.model import CredentialKind, RejectReason, Verified
from gate.credential.trust import Issuer, Trust
from gate.credential.withdrawal import known_not_listed

PREFIX = b"HC1:"
MAX_CHARACTERS = 4296
"""What the largest QR code holds in alphanumeric mode."""

MAX_KID = 64
ALGORITHMS = frozenset((Algorithm.ES256, Algorithm.PS256))
USAGES: dict[type, str] = {Vaccination: "vaccination", LabTest: "test", Recovery: "recovery"}
"""What the usages of a key are called that may sign these."""

_CURVES = frozenset((ec.SECP256R1.name, ec.SECP384R1.name))
_CWT_TAG_HEAD = b"\xd8\x3d"


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a certificate, in order; ``Refusal`` at the first that fails."""
    with trail.check("text") as step:
        packed = _unwrap(code)
        step.tells("base45 of {} bytes", len(packed))
    with trail.check("compression") as step:
        raw = inflate.zlib_stream(packed)
        step.tells("zlib of {} bytes", len(raw))
    with trail.check("envelope") as step:
        message = cose.read(raw.removeprefix(_CWT_TAG_HEAD))
        kid = _kid(message)
        step.found = "COSE_Sign1"
    signers = _signers(message, kid, trust, trail)
    with trail.check("claims") as step:
        claims = hcert_claims.read(message.payload)
        step.tells("one {}", _usage(claims))
    signer = _best(signers, claims, now)
    trail.credential = proof.reference(CredentialKind.HC1, signer, claims.content.stable_id, trust.epoch)
    _judge(claims, signer, now, trail)
    elements = _elements(message, claims) if signer[0].revocation else ()
    known = known_not_listed(trust, signer, elements, claims.not_before, trail)
    return Verified(trail.credential, claims.content.facts, claims.not_before, claims.not_after, known)


def _signers(message: cose.Sign1, kid: bytes, trust: Trust, trail: Trail) -> Sequence[proof.Signer]:
    """Whose trusted key made the signature; several where the bundle lists it more than once."""
    with trail.check("issuer") as step:
        signers = proof.candidates(trust, CredentialKind.HC1, kid)
        step.tells("key {} of {}", kid.hex(), signers[0][0].id)
    with trail.check("algorithm") as step:
        algorithm = _algorithm(message)
        signers = proof.fitting(signers, lambda public: _algorithm_for(public) is algorithm)
        step.found = algorithm.name
    with trail.check("signature") as step:
        signers = proof.proven(signers, lambda public: cose.verifies(message, public))
        step.tells("made by {}", signers[0][0].id)
    return signers


def _best(signers: Sequence[proof.Signer], claims: HcertClaims, now: Instant) -> proof.Signer:
    """The signer that ``_judge`` finds least wrong with."""
    if len(signers) == 1:
        return signers[0]
    return proof.best(
        signers,
        (
            lambda signer: _require_country(claims, signer[0]),
            *proof.key_checks(_usage(claims), now),
        ),
    )


def _judge(claims: HcertClaims, signer: proof.Signer, now: Instant, trail: Trail) -> None:
    """Whether a genuine certificate may be this issuer's, and counts now."""
    issuer, _ = signer
    with trail.check("issuer country") as step:
        _require_country(claims, issuer)
        step.found = claims.issuer or "not stated"
    proof.judge_key(signer, _usage(claims), now, trail)
    with trail.check("validity") as step:
        proof.require_within(now, claims.not_before, claims.not_after, "the validity of the certificate")
        step.tells("{}, clock {}", proof.Until(claims.not_after), now.clock)


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
    algorithm = cose.named(headers.get(cose.HEADER_ALG), ALGORITHMS)
    if algorithm is None:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is neither ES256 nor PS256")
    return algorithm


def _algorithm_for(public: PublicKey) -> Algorithm | None:
    """The one algorithm that a key of a certificate's issuer is used with; P-384 keys sign ES256 in the field."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return Algorithm.ES256 if public.curve.name in _CURVES else None
    return Algorithm.PS256 if isinstance(public, RSAPublicKey) and public.key_size >= MIN_RSA_BITS else None


def _usage(claims: HcertClaims) -> str:
    return USAGES[type(claims.content.facts)]


def _require_country(claims: HcertClaims, issuer: Issuer) -> None:
    """A certificate that names its issuer, and an issuer that names its country, mean the same country."""
    if issuer.country is not None and claims.issuer is not None and claims.issuer.upper() != issuer.country.upper():
        raise Refusal(RejectReason.ISSUER_MISMATCH, f"the certificate names another country than {issuer.country}'s")


def _elements(message: cose.Sign1, claims: HcertClaims) -> tuple[bytes, ...]:
    """What may be withdrawn: the certificate's id, country and id, the signature (of ECDSA only r)."""
    uci = claims.content.facts.certificate_id.encode("utf-8", "surrogatepass")
    countries = {country for country in (claims.issuer, claims.content.facts.country) if country}
    by_id = (uci, *(country.encode("utf-8", "surrogatepass") + uci for country in sorted(countries))) if uci else ()
    signature = message.signature
    return (*by_id, signature if _algorithm(message) is Algorithm.PS256 else signature[: len(signature) // 2])


def _contents(code: bytes) -> tuple[Field, ...]:
    """What the certificate states, whoever signed it. Raises ``MalformedError`` and ``Refusal``."""
    message = cose.read(inflate.zlib_stream(_unwrap(code)).removeprefix(_CWT_TAG_HEAD))
    return fields_of(hcert_claims.read(message.payload), _kid(message))


FORMAT = Format(CredentialKind.HC1, PREFIX, _examine, _contents)
