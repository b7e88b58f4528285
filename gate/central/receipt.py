"""The receipt of an erasure: what was deleted, how much of it, when and by whom, signed by the centre. Pure.

It holds counts and times alone, so that it may be kept and shown for as long as anybody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gate.credential import base64url
from gate.credential.errors import MalformedError
from gate.wire import jsontext
from gate.wire.envelope import timestamp

PREFIX: Final = b"gate.erasure_receipt.v1\n"
"""What is signed begins with this, so that no other text that the key signs can pass for a receipt."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What one erasure has done. ``before`` is the moment up to which everything had to go."""

    number: int
    begun: datetime
    ended: datetime
    by: str
    before: datetime
    records: int
    """Records of gates whose content is gone; their hashes stay."""
    visits: int
    """Visits that no pseudonym belongs to any more."""
    messages: int
    """Messages that had been set apart."""
    database: str
    """How the database got rid of what it still held on the disk: ``rewritten`` or ``vacuumed``."""
    not_heard: Sequence[str] = ()
    """Gates not heard of since they should have deleted their keys of that time: look at their cards."""
    audit: str = ""
    """The digest of the newest entry of the audit."""


def sign(erased: Erased, key: Ed25519PrivateKey) -> bytes:
    """The receipt, as the bytes of a file."""
    told = _told(erased)
    signature = key.sign(PREFIX + jsontext.dump(told))
    return (
        jsontext.dump({"receipt": told, "key": _public(key.public_key()), "signature": base64url.encode(signature)})
        + b"\n"
    )


def verify(raw: bytes, key: Ed25519PublicKey) -> dict[str, Any] | str:
    """What the receipt says, if this key signed it; else what is wrong."""
    found = jsontext.load(raw)
    if isinstance(found, str):
        return f"it is no receipt: {found}"
    told, signature = found.get("receipt"), found.get("signature")
    if not isinstance(told, dict) or not isinstance(signature, str) or found.keys() != {"receipt", "key", "signature"}:
        return "it is no receipt"
    try:
        key.verify(base64url.decode(signature.encode()), PREFIX + jsontext.dump(told))
    except (InvalidSignature, MalformedError, ValueError):
        return "the signature is not of this key, or somebody has changed the receipt"
    return told if found["key"] == _public(key) else "it names another key: somebody has changed the receipt"


def _public(key: Ed25519PublicKey) -> str:
    return base64url.encode(key.public_bytes_raw())


def _told(erased: Erased) -> dict[str, Any]:
    return {
        "number": erased.number,
        "begun": timestamp(erased.begun),
        "ended": timestamp(erased.ended),
        "by": erased.by,
        "before": timestamp(erased.before),
        "records": erased.records,
        "visits": erased.visits,
        "messages": erased.messages,
        "database": erased.database,
        "not_heard": list(erased.not_heard),
        "audit": erased.audit,
    }
