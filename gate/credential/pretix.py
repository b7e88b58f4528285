"""Signed tickets of pretix (``pretix_sig1``): text that is, backwards, base64 of version, lengths, payload, signature.

Tickets name neither issuer nor key. A key counts for the products among its usages (``item-7``), or for all.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import NamedTuple

from gate.credential import pretix_ticket, proof
from gate.credential.errors import MalformedError
from gate.credential.examination import Field, Format, Trail
from gate.credential.instant import Instant
from gate.credential.judging import Terms, judged
from gate.credential.keys import KeySort
from gate.credential.model import CredentialKind, Entitlement, Verified
from gate.credential.pretix_ticket import Ticket
from gate.credential.trust import Issuer, Trust
from gate.credential.withdrawal import known_not_listed

_HEAD = struct.Struct(">BHH")
_VERSION = 1
_LOOKS = re.compile(rb"[A-Za-z0-9+/=]+EA[A-Za-z0-9+/][A-D]QA\Z")
"""Version 1, a payload below 256 bytes and a signature of 64, backwards."""

_KEYS = frozenset((KeySort.ED25519,))


class _Envelope(NamedTuple):
    payload: bytes
    signature: bytes


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a ticket, in order; ``Refusal`` at the first that fails."""
    trail.checking = "text"
    raw = _unwrap(code)
    if trail.told:
        trail.found("base64 of {} bytes", len(raw))
    trail.checking = "envelope"
    envelope = _read(raw)
    if trail.told:
        trail.found("pretix_sig1")
    signers = proof.unnamed(trust, CredentialKind.PRETIX, trail)
    trail.checking = "algorithm"
    signers = proof.fitting(signers, _KEYS)
    if trail.told:
        trail.found("Ed25519")
    signers = proof.proven(signers, envelope.signature, envelope.payload, trail, proof.MAX_TRIED_UNNAMED)
    trail.checking = "claims"
    ticket = pretix_ticket.read(envelope.payload)
    if trail.told:
        trail.found(ticket.usage)
    _, credential = judged(_TERMS, ticket, signers, trust, now, trail)
    known = known_not_listed(trust, signers, (code,), ticket.not_before, trail)
    return Verified(credential, Entitlement(ticket.usage), ticket.not_before, ticket.not_after, known)


def _unwrap(code: bytes) -> bytes:
    """The bytes of the text, in its one canonical spelling: who is on a deny list has no other one."""
    text = code[::-1]
    try:
        raw = binascii.a2b_base64(text)
    except ValueError:
        raw = b""
    if base64.b64encode(raw) != text:
        raise MalformedError("not base64 backwards")
    return raw


def _read(raw: bytes) -> _Envelope:
    if len(raw) < _HEAD.size:
        raise MalformedError("the ticket is cut short")
    version, payload, signature = _HEAD.unpack_from(raw)
    if version != _VERSION:
        raise MalformedError("the ticket has another version than 1")
    if len(raw) != _HEAD.size + payload + signature:
        raise MalformedError("the ticket is cut short, or bytes follow it")
    middle = _HEAD.size + payload
    return _Envelope(raw[_HEAD.size : middle], raw[middle:])


def _require_issuer(_ticket: Ticket, _issuer: Issuer) -> None:
    """Tickets name no issuer."""


_TERMS = Terms(CredentialKind.PRETIX, "the validity of the ticket", "issuer name", _require_issuer)


def _contents(code: bytes) -> tuple[Field, ...]:
    """What the ticket states, whoever signed it. Raises ``MalformedError``."""
    ticket = pretix_ticket.read(_read(_unwrap(code)).payload)
    every = (
        Field("product", str(ticket.item)),
        Field("variation", str(ticket.variation) if ticket.variation else ""),
        Field("date", str(ticket.subevent) if ticket.subevent else ""),
        Field("valid from", proof.moment(ticket.not_before) if ticket.not_before else ""),
        Field("valid until", proof.moment(ticket.not_after) if ticket.not_after else ""),
        Field("ticket id", ticket.seed.decode("utf-8", "backslashreplace"), personal=True),
    )
    return tuple(field for field in every if field.value)


FORMAT = Format(CredentialKind.PRETIX, _LOOKS, _examine, _contents)
