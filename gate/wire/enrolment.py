"""What a gate and the centre say when a certificate is asked for: JSON, in a JWS where a token has to prove it. Pure.

An enrolment is a JWS (RFC 7515) with the token's Ed25519 key over site, gate and the request in PKCS #10. A renewal
needs none: it comes over TLS under the certificate that is renewed. Reading never raises.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate.credential import base64url, jose
from gate.credential.errors import MalformedError
from gate.wire import jsontext, topics
from gate.wire.token import Token, id_of

ENROL, RENEW, AUTHORITY = "/v1/enrol", "/v1/renew", "/v1/authority"
"""The paths of the centre's listener."""
REQUEST_TYPE, CONTENT_TYPE, PEM_TYPE = "application/jose", "application/json", "application/x-pem-file"
MOST_BYTES = 16 * 1024
"""Of any body, either way."""
_TYP = "gate-enrolment+jws"
_ALGORITHM = "EdDSA"
_LONGEST_TEXT = 400
_KEY_BYTES = 32


@enum.unique
class Refusal(enum.StrEnum):
    """Why there is no certificate."""

    MALFORMED = "malformed"
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105  (a word of the protocol)
    """There is no such token, or it is not proved to be held: nobody is told which."""
    EXPIRED = "expired"
    USED = "used"
    NOT_REGISTERED = "not_registered"
    REVOKED = "revoked"
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    """The centre cannot do it now; the same request may be sent again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as read: nothing of it is proved before ``proven_by``."""

    token: str
    site: str
    gate: str
    csr: bytes
    head: str | None
    """Ed25519, base64url: the key with which the gate signs the heads of its journal, where it has one already."""
    message: jose.Jws

    def proven_by(self, public: Ed25519PublicKey) -> bool:
        """Whether the holder of this token's secret has sent it."""
        return self.token == id_of(public) and jose.verifies(self.message, public)


@dataclass(frozen=True, slots=True)
class Issued:
    """The answer: a certificate and who issued it, in PEM."""

    certificate: bytes
    authority: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """The other answer. ``text`` is one line for a person."""

    reason: Refusal
    text: str


def ask(token: Token, csr: bytes, head: str | None = None) -> bytes:
    """The request of the token's gate."""
    header = {"alg": _ALGORITHM, "kid": token.id, "typ": _TYP}
    claims: dict[str, Any] = {"v": 1, "site": token.site, "gate": token.gate, "csr": base64url.encode(csr)}
    if head is not None:
        claims["head"] = head
    signed = b".".join(base64url.encode(jsontext.dump(part)).encode() for part in (header, claims))
    return signed + b"." + base64url.encode(token.key.sign(signed)).encode()


def read_asked(body: bytes) -> Asked | Refused:
    """The request in a body."""
    wrong = Refused(Refusal.MALFORMED, "this is no request of `gate enroll`")
    if len(body) > MOST_BYTES:
        return wrong
    try:
        message = jose.read(body.strip())
    except MalformedError:
        return wrong
    return _asked(message) or wrong


def _asked(message: jose.Jws) -> Asked | None:
    header, claims = message.header, jsontext.load(message.payload)
    if header.keys() != {"alg", "kid", "typ"} or (header["alg"], header["typ"]) != (_ALGORITHM, _TYP):
        return None
    if isinstance(claims, str) or claims.keys() - {"head"} != {"v", "site", "gate", "csr"} or claims["v"] != 1:
        return None
    kid, site, gate, csr = header["kid"], claims["site"], claims["gate"], _bytes(claims["csr"])
    if not isinstance(kid, str) or csr is None or not (_is_name(site) and _is_name(gate)):
        return None
    head = claims.get("head")
    if "head" in claims and len(_bytes(head) or b"") != _KEY_BYTES:
        return None
    return Asked(kid, site, gate, csr, head, message)


def ask_again(csr: bytes) -> bytes:
    """The request for a renewal."""
    return jsontext.dump({"v": 1, "csr": base64url.encode(csr)})


def read_asked_again(body: bytes) -> bytes | Refused:
    """The request in PKCS #10 that asks for a renewal."""
    found = jsontext.load(body) if len(body) <= MOST_BYTES else ""
    if isinstance(found, dict) and found.keys() == {"v", "csr"} and found["v"] == 1:
        csr = _bytes(found["csr"])
        if csr is not None:
            return csr
    return Refused(Refusal.MALFORMED, "this is no request for a renewal")


def answer(what: Issued | Refused) -> bytes:
    """The body of an answer."""
    if isinstance(what, Refused):
        return jsontext.dump({"v": 1, "error": what.reason.value, "text": what.text})
    certificate, authority = what.certificate.decode("ascii"), what.authority.decode("ascii")
    return jsontext.dump({"v": 1, "certificate": certificate, "authority": authority})


def read_answer(body: bytes) -> Issued | Refused | str:
    """The answer, or what is wrong with it. A word that this version does not know is ``UNAVAILABLE``."""
    found = jsontext.load(body) if len(body) <= MOST_BYTES else "too long"
    if isinstance(found, str) or found.get("v") != 1:
        return "what came is no answer of a centre"
    match found:
        case {"certificate": str(certificate), "authority": str(authority)} if (certificate + authority).isascii():
            return Issued(certificate.encode("ascii"), authority.encode("ascii"))
        case {"error": str(word), "text": str(text)}:
            known = Refusal(word) if word in set(Refusal) else Refusal.UNAVAILABLE
            return Refused(known, text[:_LONGEST_TEXT] if text.isprintable() else word)
        case _:
            return "what came is no answer of a centre"


def _bytes(value: Any) -> bytes | None:
    try:
        return base64url.decode(value.encode("ascii")) if isinstance(value, str) else None
    except (MalformedError, UnicodeEncodeError):
        return None


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and topics.is_name(value)
