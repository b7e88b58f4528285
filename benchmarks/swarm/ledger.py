"""The records of a light gate: real ones of real size, chained and signed, in a journal that is memory alone.

A record is made once by ``gate.wire.envelope`` and cut at what changes from one to the next, so that half a million of
them cost seconds. ``tests/test_swarm.py`` holds the pieces to the encoder.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ulid import ULID

from gate.access.events import AccessEvent, AccessResult, OpenedBy, Passage
from gate.access.journal_events import ChainHead
from gate.credential import base64url
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Colour, CredentialKind, CredentialRef, TrustStamp
from gate.policy.status import Outcome, Rule
from gate.ports import AckVerdict, Aside, Record
from gate.wire import chain, envelope
from gate.wire.envelope import Place
from gate.wire.topics import Identity

HEAD_EVERY: Final = 100
_EPOCH: Final = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
_NS = 1_000_000
_SEQ, _MONO_MS, _VISIT = 900_000_000_001, 900_000_000_002, 900_000_000_003
_PREV, _FP = "e" * 64, "f" * 32
_ID = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"


def visitor(visit: int, fingerprint: str, mono_ms: int) -> AccessEvent:
    """A visitor with a pass, let in."""
    utc = _EPOCH + timedelta(milliseconds=mono_ms % (10 * 3600 * 1000))
    return AccessEvent(
        at=Instant(utc, mono_ms * _NS, ClockTrust.SYNCED),
        result=AccessResult.GRANTED,
        visit=visit,
        colour=Colour.GREEN,
        outcome=Outcome.GRANT,
        reason="rule_met",
        rule=Rule("visitor-pass", 1),
        credential=CredentialRef(CredentialKind.PASS, "provider", "0a1b2c3d4e5f6071", fingerprint, "2026-W48"),
        trust=TrustStamp(7, utc - timedelta(hours=1), utc + timedelta(days=30)),
        opened_by=OpenedBy.AUTO,
        decode_ms=80,
        decide_ms=2,
        release_ms=5000,
        passage=Passage.UNKNOWN,
    )


class Ledger:
    """``Journal``, as far as an outbox asks for it. Everything up to what the centre has is forgotten."""

    def __init__(self, identity: Identity, journal: str, key: Ed25519PrivateKey | None = None) -> None:
        self.ulid = journal
        self.former: str | None = None
        self.identity = identity
        self.last_seq = 0
        self._key = key
        self._prev = chain.first_prev(journal)
        self._ids_from = int.from_bytes(hashlib.sha256(f"{identity} {journal}".encode()).digest()[:16]) >> 1
        self._pieces = _pieces(identity, journal)
        self._records: deque[Record] = deque()
        self._first = 1

    @property
    def confirmed_to(self) -> int:
        """The centre has everything up to this record."""
        return self._first - 1

    def visit(self, mono_ms: int, fingerprint: str) -> Record:
        """Record a visitor; every hundredth record is a signed head instead, and the visitor comes after it."""
        if self._key is not None and (self.last_seq + 1) % HEAD_EVERY == 0:
            self._put("system", self._head(mono_ms, self._key))
        return self._put("access", self.body(mono_ms, fingerprint))

    def body(self, mono_ms: int, fingerprint: str) -> bytes:
        """The bytes of the next record, as the encoder makes them."""
        seq = self.last_seq + 1
        utc = _EPOCH + timedelta(milliseconds=mono_ms % (10 * 3600 * 1000))
        values = {_SEQ: seq, _MONO_MS: mono_ms, _VISIT: seq, _PREV: self._prev, _FP: fingerprint}
        named: dict[object, object] = {**values, _ID: event_id(self._ids_from + seq), "time": envelope.timestamp(utc)}
        parts = (str(part) if at % 2 == 0 else str(named[part]) for at, part in enumerate(self._pieces))
        return "".join(parts).encode()

    def unconfirmed(self, after_seq: int, limit: int, without: frozenset[str] = frozenset()) -> tuple[Record, ...]:
        start = max(0, after_seq - self._first + 1)
        found = (one for one in islice(self._records, start, None) if one.feed not in without)
        return tuple(islice(found, limit))

    def newest(self, limit: int) -> tuple[Record, ...]:
        return tuple(islice(reversed(self._records), limit))

    def range(self, from_seq: int, to_seq: int, limit: int) -> tuple[Record, ...]:
        return tuple(one for one in self.unconfirmed(from_seq - 1, limit) if one.seq <= to_seq)

    def backlog(self) -> int:
        return len(self._records)

    def confirm(self, seqs: Sequence[int]) -> None:
        """Nothing is set aside here, and the centre's word alone counts."""

    def confirm_up_to(self, journal: str, seq: int) -> AckVerdict:
        if journal != self.ulid:
            return AckVerdict.OTHER_JOURNAL
        while self._records and self._first <= seq:
            self._records.popleft()
            self._first += 1
        return AckVerdict.TAKEN

    def set_aside(self, seq: int, reason: str) -> None:
        raise RuntimeError(f"the broker refuses record {seq}: {reason}")

    def asides(self) -> tuple[Aside, ...]:
        return ()

    def _put(self, feed: str, body: bytes) -> Record:
        self.last_seq += 1
        self._prev = chain.digest(body)
        record = Record(self.last_seq, feed, body)
        self._records.append(record)
        return record

    def _head(self, mono_ms: int, key: Ed25519PrivateKey) -> bytes:
        public = base64url.encode(key.public_key().public_bytes_raw())
        signature = base64url.encode(key.sign(chain.head_text(self.ulid, self.last_seq, self._prev)))
        at = Instant(_EPOCH, mono_ms * _NS, ClockTrust.SYNCED)
        head = ChainHead(at, self.last_seq, self._prev, public, signature)
        place = Place(self.ulid, self.last_seq + 1, self._prev)
        return envelope.encode(head, place, self.identity, event_id(self._ids_from + place.seq), offline=False)


def event_id(number: int) -> str:
    """A ULID that follows from the number."""
    return str(ULID.from_int(number))


def _pieces(identity: Identity, journal: str) -> list[object]:
    """A record cut at what changes: text, name, text, name, …, text."""
    event = visitor(_VISIT, _FP, _MONO_MS)
    text = envelope.encode(event, Place(journal, _SEQ, _PREV), identity, _ID, offline=False).decode()
    marks: dict[str, object] = {str(mark): mark for mark in (_SEQ, _MONO_MS, _VISIT, _PREV, _FP, _ID)}
    marks[envelope.timestamp(event.at.utc)] = "time"
    return list(_cut(text, marks))


def _cut(text: str, marks: dict[str, object]) -> Iterable[object]:
    while found := [(text.index(mark), mark) for mark in marks if mark in text]:
        at, mark = min(found)
        yield text[:at]
        yield marks[mark]
        text = text[at + len(mark) :]
    yield text
