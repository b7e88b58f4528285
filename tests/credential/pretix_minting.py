"""An organiser of an event for tests: signed tickets of every sort."""

from __future__ import annotations

import base64
import struct
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.credential.keys import kid_of
from gate.credential.model import CredentialKind
from gate.credential.revocation import NothingListed, Revocation
from gate.credential.trust import Issuer, IssuerKey, Trust, TrustBundle
from tests.credential.hcert_minting import NOW_S
from tests.credential.minting import EPOCH, NOON


def varint(value: int) -> bytes:
    """A whole number as Protocol Buffers write it."""
    value %= 1 << 64
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*parts, value))


def message(**fields: Any) -> bytes:
    """A ticket: ``seed``, ``item``, ``variation``, ``subevent``, ``begin`` and ``end``; None leaves one out."""
    names = ("seed", "item", "variation", "subevent", "begin", "end")
    parts = []
    for number, name in enumerate(names, start=1):
        value = fields.get(name)
        if isinstance(value, bytes):
            parts.append(varint(number << 3 | 2) + varint(len(value)) + value)
        elif value is not None:
            parts.append(varint(number << 3) + varint(value))
    return b"".join(parts)


def text(raw: bytes) -> str:
    """Any bytes as the text of a ticket."""
    return base64.b64encode(raw).decode()[::-1]


class Organiser:
    """One organiser with one key."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.trust = self.trusting(self.issuer())

    def issuer(self, *usages: str, lists: tuple[str, ...] = ()) -> Issuer:
        """The entry in a bundle."""
        public = self.key.public_key()
        key = IssuerKey(kid_of(public), public, frozenset(usages), None, None)
        return Issuer("fair", "The fair", CredentialKind.PRETIX, None, (key,), lists)

    @staticmethod
    def trusting(*issuers: Issuer, revocation: Revocation | None = None) -> Trust:
        """A trust in these issuers."""
        bundle = TrustBundle(1, NOON - timedelta(hours=1), NOON + timedelta(days=30), issuers)
        return Trust(bundle, EPOCH, revocation or NothingListed())

    def of(self, payload: bytes, version: int = 1) -> str:
        """The text of any payload, signed."""
        signature = self.key.sign(payload)
        return text(struct.pack(">BHH", version, len(payload), len(signature)) + payload + signature)

    def valid(self, **changes: Any) -> str:
        """The text of a genuine ticket."""
        usual = {"seed": b"FCTDtTWQzY", "item": 7, "begin": NOW_S - 3600, "end": NOW_S + 3600}
        return self.of(message(**{**usual, **changes}))


FAIR = Organiser()
