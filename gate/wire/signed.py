"""What the centre signs for all gates: a JSON object in a JWS (RFC 7515, Ed25519) of a key in the trust bundle. Pure.

Rules: reading never raises; a text that it gives back says what is wrong and quotes nothing of the message.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gate.access.command import Role
from gate.credential import base64url, jose
from gate.credential.errors import MalformedError
from gate.credential.instant import ClockTrust, Instant
from gate.credential.keys import kid_of
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey, TrustBundle
from gate.wire import jsontext

CONTENT_TYPE = "application/jose"
ALGORITHM = "EdDSA"
MAX_BYTES = 8192

_KID = re.compile("[0-9a-f]{16}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z")


@enum.unique
class Proof(enum.Enum):
    """Whether the centre said it."""

    HOLDS = enum.auto()
    UNKNOWN_KEY = enum.auto()
    """No key of the bundle signed it; a newer bundle may have that key."""
    MAY_NOT = enum.auto()
    """Its key is known, and may not publish, or not now."""
    FAILS = enum.auto()
    """The signature is wrong."""


@dataclass(frozen=True, slots=True)
class Token:
    """A message as read; nothing of it is proved before ``proof``."""

    kid: bytes
    claims: dict[str, Any]
    message: jose.Jws


def sign(claims: Any, typ: str, private: Ed25519PrivateKey) -> bytes:
    """The payload."""
    header = {"alg": ALGORITHM, "kid": kid_of(private.public_key()).hex(), "typ": typ}
    text = b".".join(base64url.encode(jsontext.dump(part)).encode() for part in (header, claims))
    return text + b"." + base64url.encode(private.sign(text)).encode()


def read(payload: bytes, typ: str) -> Token | str:
    """The message in the payload, or what is wrong with it."""
    if len(payload) > MAX_BYTES:
        return f"longer than {MAX_BYTES} bytes"
    try:
        message = jose.read(payload)
    except MalformedError:
        return "not signed, or cut short"
    header = message.header
    if header.keys() != {"alg", "kid", "typ"} or header["typ"] != typ or header["alg"] != ALGORITHM:
        return f"not typed {typ}"
    kid, claims = header["kid"], jsontext.load(message.payload)
    if not isinstance(kid, str) or not _KID.fullmatch(kid) or isinstance(claims, str):
        return "its key or its content is not of the form that it must have"
    return Token(bytes.fromhex(kid), claims, message)


def proof(token: Token, bundle: TrustBundle, now: Instant) -> Proof:
    """Whether a key of the bundle that is for publishing signed it."""
    found = bundle.signers(CredentialKind.COMMAND, token.kid)
    ours = [signer for signer in found if isinstance(signer[1].public, Ed25519PublicKey)]
    if not ours:
        return Proof.UNKNOWN_KEY
    issuer, key = ours[0]
    if not jose.verifies(token.message, key.public):
        return Proof.FAILS
    return Proof.HOLDS if _may_publish(issuer, key, now) else Proof.MAY_NOT


def moment(value: object) -> datetime | None:
    """A time as the contract writes it."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _may_publish(issuer: Issuer, key: IssuerKey, now: Instant) -> bool:
    """While the clock is unset its time is a lower bound, which proves only ends."""
    begun = key.not_before is None or now.clock is ClockTrust.UNSET or key.not_before <= now.utc
    ended = key.not_after is not None and key.not_after <= now.utc
    return begun and not ended and key.kid not in issuer.revoked_keys and Role.PUBLISHER in key.usages
