"""JWS in compact form (RFC 7515), ES256 alone: three parts of base64url with dots between them.

Reading is about shape only; nothing in it is proved before ``verifies``, which never raises.
"""

from __future__ import annotations

from dataclasses import dataclass

from gate.credential import base64url, json_text, signatures
from gate.credential.errors import MalformedError
from gate.credential.keys import PublicKey

ES256 = "ES256"
MAX_HEADER = 2048
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Jws:
    """A message as read."""

    header: dict[str, object]
    signed: bytes
    """What the signature is over: the first two parts as they are written."""
    payload: bytes
    signature: bytes


def read(text: bytes) -> Jws:
    """The message of a text. Raises ``MalformedError``."""
    parts = text.split(b".")
    if len(parts) != _PARTS:
        raise MalformedError("not three parts with dots between them, as a signed card has")
    if len(parts[0]) > MAX_HEADER:
        raise MalformedError("the header is longer than any that is needed")
    header, payload, signature = map(base64url.decode, parts)
    return Jws(json_text.decode_object(header), text[: -len(parts[2]) - 1], payload, signature)


def verifies(message: Jws, public: PublicKey) -> bool:
    """Whether the signature is this key's, with this key's own algorithm whatever the header says."""
    return signatures.verifies(public, message.signature, message.signed)
