"""ICAO's visible digital seal for non-constrained environments (VDS-NC): JSON of data and their signature.

The signature is over the canonical form of ``data``, so the text may be indented. The signer's certificate lies in the
seal; it counts if a trusted CSCA of the state that the seal names has signed it for seals.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives import hashes

from gate.credential import jcs, json_text, proof, signatures, vdsnc_content
from gate.credential.errors import MalformedError, Refusal
from gate.credential.examination import Field, Format, Trail
from gate.credential.health_fields import statement_fields
from gate.credential.instant import Instant
from gate.credential.judging import Terms, judged, require_within
from gate.credential.model import CredentialKind, RejectReason, Verified
from gate.credential.revocation import Listed
from gate.credential.trust import Issuer, IssuerKey, Trust
from gate.credential.vdsnc_content import Seal
from gate.credential.withdrawal import known_not_listed, lists_of

if TYPE_CHECKING:
    from gate.credential.icao_signer import SealSigner

HASHES: Mapping[str, tuple[int, hashes.HashAlgorithm]] = {
    "ES256": (256, hashes.SHA256()),
    "ES384": (384, hashes.SHA384()),
    "ES512": (521, hashes.SHA512()),
}
"""The algorithms of seals: the size of the key in bits, and the hash."""

MAX_CERTIFICATE = 4096
_GIVEN_BY = frozenset(("issuer",))


class _Envelope(NamedTuple):
    data: Mapping[str, Any]
    algorithm: str
    certificate: bytes
    signature: bytes


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a seal, in order; ``Refusal`` at the first that fails."""
    trail.checking = "text"
    document = json_text.decode_object(code)
    if trail.told:
        trail.found("JSON of {} bytes", len(code))
    trail.checking = "envelope"
    envelope = _read(document)
    if trail.told:
        trail.found("VDS-NC")
    trail.checking = "issuer"
    signer = _signer(envelope)
    signers = _trusted(signer, trust, now)
    if trail.told:
        trail.found("certificate {} of {}", signer.kid.hex(), signers[0][0].id)
    _require_made_by(signer, envelope, trail)
    trail.checking = "claims"
    seal = vdsnc_content.read(envelope.data)
    if trail.told:
        trail.found("one {}", seal.usage)
    _, credential = judged(_TERMS, seal, signers, trust, now, trail)
    known = _signer_not_withdrawn(trust, signers, signer, trail)
    known &= known_not_listed(trust, signers, (seal.certificate_id.encode(),), None, trail)
    return Verified(credential, seal.card, None, None, known)


def _read(document: Mapping[str, Any]) -> _Envelope:
    match document:
        case {"data": dict(data), "sig": {"alg": str(name), "cer": str(certificate), "sigvl": str(signature)}}:
            return _Envelope(data, name, _base64(certificate), _base64(signature))
    raise MalformedError("not a seal, which has data and sig with alg, cer and sigvl")


def _base64(text: str) -> bytes:
    """Base64url, with or without its padding."""
    plain = text.rstrip("=")
    try:
        raw = base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    if not 0 < len(raw) <= MAX_CERTIFICATE or base64.urlsafe_b64encode(raw).decode().rstrip("=") != plain:
        raise MalformedError(f"the certificate or the signature is not 1 to {MAX_CERTIFICATE} bytes in base64url")
    return raw


def _signer(envelope: _Envelope) -> SealSigner:
    from gate.credential import icao_signer  # noqa: PLC0415  (loads cryptography.x509; few doors see a seal)

    return icao_signer.read(envelope.certificate)


def _trusted(signer: SealSigner, trust: Trust, now: Instant) -> Sequence[proof.Signer]:
    """The signer's key as one of each issuer whose CSCA signed its certificate; never empty."""
    known = trust.bundle.signers(CredentialKind.VDSNC, signer.csca_kid)
    if not known:
        raise Refusal(RejectReason.UNKNOWN_ISSUER, f"no trusted CSCA has the key {signer.csca_kid.hex()}")
    found = [(issuer, csca) for issuer, csca in known[: proof.MAX_TRIED] if signer.issued_by(csca.public)]
    if not found:
        raise Refusal(RejectReason.BAD_SIGNATURE, "the CSCA that the signer's certificate names has not signed it")
    if not signer.signs_seals:
        raise Refusal(RejectReason.WRONG_KEY_USAGE, "the signer's certificate is not for seals")
    for issuer, csca in found:
        if csca.kid in issuer.revoked_keys:
            raise Refusal(RejectReason.ISSUER_REVOKED, f"the CSCA key {csca.kid.hex()} of {issuer.id} is withdrawn")
        require_within(now, csca.not_before, csca.not_after, "the period of the CSCA")
    return [(issuer, _key(signer)) for issuer, _ in found]


def _key(signer: SealSigner) -> IssuerKey:
    return IssuerKey(signer.kid, signer.public, signer.usages, signer.not_before, signer.not_after)


def _require_made_by(signer: SealSigner, envelope: _Envelope, trail: Trail) -> None:
    trail.checking = "algorithm"
    size, digest = HASHES.get(envelope.algorithm, (0, hashes.SHA256()))
    if signer.public.key_size != size:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is none of seals, or not the one of the key")
    if trail.told:
        trail.found("{}", envelope.algorithm)
    trail.checking = "signature"
    if not signatures.ecdsa(signer.public, digest)(envelope.signature, jcs.encode(envelope.data)):
        raise Refusal(RejectReason.BAD_SIGNATURE, "the signature is not the signer's")
    if trail.told:
        trail.found("made by {}", signer.kid.hex())


def _signer_not_withdrawn(trust: Trust, signers: Sequence[proof.Signer], signer: SealSigner, trail: Trail) -> bool:
    """Whether the CRLs tell for sure that the signer's certificate still counts. Raises ``Refusal``."""
    names = lists_of(signers)
    if not names:
        return True
    trail.checking = "signer on deny lists"
    listed = trust.revocation.listed(names, signer.csca_kid, (signer.serial,), None)
    if listed is Listed.YES:
        raise Refusal(RejectReason.ISSUER_REVOKED, "the CSCA has withdrawn the signer's certificate")
    trail.found("not listed" if listed is Listed.NO else "a list is missing or too old, so that is unknown")
    return listed is Listed.NO


def _require_issuer(seal: Seal, issuer: Issuer) -> None:
    if issuer.country is None or seal.issuer != issuer.country:
        raise Refusal(RejectReason.ISSUER_MISMATCH, f"the seal names another state than that of {issuer.id}")


_TERMS = Terms(CredentialKind.VDSNC, "the validity of the seal", "issuing state", _require_issuer)


def _contents(code: bytes) -> tuple[Field, ...]:
    """What the seal states, whoever signed it. Raises ``MalformedError``."""
    envelope = _read(json_text.decode_object(code))
    seal = vdsnc_content.read(envelope.data)
    several = len(seal.card.statements) > 1
    statements = (
        field
        for number, one in enumerate(seal.card.statements, start=1)
        for field in statement_fields(one, f" {number}" if several else "", _GIVEN_BY)
    )
    every = (
        Field("issuer", seal.issuer),
        Field("holder", seal.name, personal=True),
        Field("birth date", seal.card.birth_date, personal=True),
        Field("certificate id", seal.certificate_id, personal=True),
        *statements,
    )
    return tuple(field for field in every if field.value)


FORMAT = Format(CredentialKind.VDSNC, re.compile(rb"[ \t\r\n]*\{"), _examine, _contents)
