"""DIVOC certificates: a ZIP file, or its base64, of a W3C credential with a linked-data proof by RSA or Ed25519.

What is signed are the statements of the document, not its bytes; only the scheme's one shape is made into statements.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gate.credential import base64url, divoc_content, divoc_shape, inflate, json_text, proof, rdf_canonical
from gate.credential.divoc_content import Divoc
from gate.credential.errors import MalformedError, Refusal
from gate.credential.examination import Field, Format, Trail
from gate.credential.health_fields import statement_fields
from gate.credential.instant import Instant
from gate.credential.judging import Terms, judged
from gate.credential.keys import KeySort
from gate.credential.model import CredentialKind, RejectReason, Verified
from gate.credential.trust import Issuer, Trust
from gate.credential.withdrawal import known_not_listed

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_MAGIC = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8
_TEXT_MARK, _BASE64_MAGIC = b"B64:", b"UEsDB"
MAX_KID = 64
ALGORITHMS: Mapping[str, KeySort] = {"PS256": KeySort.RSA, "EdDSA": KeySort.ED25519}
"""The algorithms of proofs, and the keys that are used with each."""


class _Envelope(NamedTuple):
    document: Mapping[str, Any]
    kid: bytes
    algorithm: str
    signed: bytes
    signature: bytes


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a certificate, in order; ``Refusal`` at the first that fails."""
    trail.checking = "text"
    packed = _unwrap(code)
    if trail.told:
        trail.found("ZIP of {} bytes", len(packed))
    trail.checking = "compression"
    raw = _unzipped(packed)
    if trail.told:
        trail.found("one file of {} bytes", len(raw))
    trail.checking = "envelope"
    envelope = _read(raw)
    if trail.told:
        trail.found("W3C credential, key {}", envelope.kid.decode())
    signers = _signers(envelope, trust, trail)
    trail.checking = "claims"
    claims = divoc_content.read(envelope.document)
    if trail.told:
        trail.found("one vaccination")
    _, credential = judged(_TERMS, claims, signers, trust, now, trail)
    known = known_not_listed(trust, signers, (claims.stable_id,), claims.not_before, trail)
    return Verified(credential, claims.facts, claims.not_before, claims.not_after, known)


def _signers(envelope: _Envelope, trust: Trust, trail: Trail) -> Sequence[proof.Signer]:
    """Whose trusted key made the signature; several where issuers share the name of a key."""
    signers = proof.candidates(trust, CredentialKind.DIVOC, envelope.kid, trail)
    trail.checking = "algorithm"
    sort = ALGORITHMS.get(envelope.algorithm)
    if sort is None:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is neither PS256 nor EdDSA")
    signers = proof.fitting(signers, (sort,))
    if trail.told:
        trail.found("{}", envelope.algorithm)
    return proof.proven(signers, envelope.signature, envelope.signed, trail)


def _unwrap(code: bytes) -> bytes:
    """The file. Bytes that a decoder took for Latin-1 and wrote as UTF-8 are as they were in the code again."""
    if code.startswith(_MAGIC):
        try:
            return code.decode("utf-8").encode("latin-1")
        except UnicodeError:
            return code
    try:
        return base64.b64decode(code.removeprefix(_TEXT_MARK), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("not base64 of a ZIP file") from None


def _unzipped(packed: bytes) -> bytes:
    """The first file in a ZIP file, by its local header alone. Raises ``MalformedError`` and ``Refusal``."""
    if len(packed) < _LOCAL_HEADER.size or not packed.startswith(_MAGIC):
        raise MalformedError("not a ZIP file, or cut short")
    *_, method, _time, _date, _crc, size, _length, name, extra = _LOCAL_HEADER.unpack_from(packed)
    content = packed[_LOCAL_HEADER.size + name + extra :]
    if method == _DEFLATED:
        return inflate.deflate_stream(content)
    if method != _STORED or size > len(content):
        raise MalformedError("the file in the ZIP file is neither stored nor deflated, or cut short")
    return content[:size]


def _read(raw: bytes) -> _Envelope:
    document = json_text.decode_object(raw)
    stated = document.pop("proof", None)
    if not isinstance(stated, Mapping):
        raise MalformedError("the certificate has no proof")
    signed = rdf_canonical.digest(divoc_shape.options_of(stated))
    signed += rdf_canonical.digest(divoc_shape.statements_of(document))
    head, algorithm, signature = _jws(stated["jws"])
    kid = str(stated["verificationMethod"]).encode()
    if len(kid) > MAX_KID:
        raise MalformedError(f"the name of the key is longer than {MAX_KID} bytes")
    return _Envelope(document, kid, algorithm, head + b"." + signed, signature)


def _jws(text: object) -> tuple[bytes, str, bytes]:
    """Head, algorithm and signature of a signature without its payload, which counts as it is (RFC 7797)."""
    head, empty, signature = _parts(text)
    header = json_text.decode_object(base64url.decode(head))
    if empty or header.get("b64") is not False or header.get("crit") != ["b64"]:
        raise MalformedError("the signature of the proof is not a detached one")
    return head, str(header.get("alg")), base64url.decode(signature)


def _parts(text: object) -> tuple[bytes, bytes, bytes]:
    match text.encode("utf-8", "surrogatepass").split(b".") if isinstance(text, str) else ():
        case [head, empty, signature]:
            return head, empty, signature
    raise MalformedError("the signature of the proof is not three parts with dots between them")


def _require_issuer(claims: Divoc, issuer: Issuer) -> None:
    if claims.issuer != issuer.id:
        raise Refusal(RejectReason.ISSUER_MISMATCH, f"the certificate names another issuer than {issuer.id}")


_TERMS = Terms(CredentialKind.DIVOC, "the validity of the certificate", "issuer name", _require_issuer)


def _contents(code: bytes) -> tuple[Field, ...]:
    """What the certificate states, whoever signed it. Raises ``MalformedError`` and ``Refusal``."""
    envelope = _read(_unzipped(_unwrap(code)))
    claims = divoc_content.read(envelope.document)
    every = (
        Field("issuer", claims.issuer),
        Field("key", envelope.kid.decode()),
        Field("valid from", proof.moment(claims.not_before)),
        Field("valid until", proof.moment(claims.not_after) if claims.not_after else ""),
        Field("holder", claims.name, personal=True),
        *(field for field in statement_fields(claims.facts) if field.name != "stated issuer"),
    )
    return tuple(field for field in every if field.value)


FORMAT = Format(CredentialKind.DIVOC, re.compile(rb"PK\x03\x04|(B64:)?UEsDB"), _examine, _contents)
