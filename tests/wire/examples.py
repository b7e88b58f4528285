"""Events for tests: one of every kind by hand, any of them by hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from gate.access.events import (
    AccessEvent,
    AccessResult,
    Event,
    JournalLate,
    ModeChanged,
    OpenedBy,
    ServiceStarted,
    ServiceStopped,
)
from gate.access.modes import DoorMode
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Colour, CredentialKind, CredentialRef, TrustStamp
from gate.policy.status import Outcome, Rule
from gate.wire.envelope import Place
from gate.wire.topics import Identity

ULID_A = "01HZX5GQ7J8K9M0N1P2Q3R4S5T"
ULID_B = "01HZX5GQ7J8K9M0N1P2Q3R4S5V"
IDENTITY = Identity("jkt-01", "front", "entrance", "boot-1")
PLACE = Place(ULID_A, 1, "0" * 64)
NOON = Instant(datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC), 5_000_000_000, ClockTrust.SYNCED)
STAMP = TrustStamp(7, NOON.utc - timedelta(hours=1), NOON.utc + timedelta(days=30))
REF = CredentialRef(CredentialKind.PASS, "demo", "0a1b", "00112233445566778899aabbccddeeff", "2026-W47")

GRANTED = AccessEvent(
    at=NOON,
    result=AccessResult.GRANTED,
    visit=1,
    colour=Colour.GREEN,
    outcome=Outcome.GRANT,
    reason="rule_met",
    rule=Rule("visitor-pass", 1),
    credential=REF,
    trust=STAMP,
    opened_by=OpenedBy.AUTO,
    decode_ms=80,
    decide_ms=2,
    release_ms=5000,
)
FORGED = AccessEvent(
    at=NOON,
    result=AccessResult.DENIED,
    visit=2,
    colour=None,
    outcome=Outcome.DENY,
    reason="bad_signature",
    rule=Rule("visitor-pass", 1),
    credential=None,
    trust=STAMP,
    opened_by=OpenedBy.NONE,
    decode_ms=80,
    decide_ms=2,
    release_ms=0,
)
OTHERS: tuple[Event, ...] = (
    ModeChanged(NOON, DoorMode.LOCKED_DOWN, DoorMode.LOCKED, "officer"),
    JournalLate(NOON, 2, 251, secured=True),
    ServiceStarted(NOON, "0.1.0", DoorMode.LOCKED),
    ServiceStopped(NOON, "SIGTERM"),
)

_MS = st.integers(0, 10**9)
_INSTANTS = st.builds(
    Instant,
    st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  (hypothesis wants them naive)
    st.integers(0, 10**18),
    st.sampled_from(ClockTrust),
)
_ACCESS = st.builds(
    AccessEvent,
    at=_INSTANTS,
    visit=st.integers(1, 10**9),
    reason=st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    rule=st.builds(Rule, st.text(max_size=20), st.integers(0, 9)),
    credential=st.none() | st.just(REF),
    trust=st.just(STAMP),
    decode_ms=_MS,
    decide_ms=_MS,
    release_ms=_MS,
    officer=st.none() | st.text(max_size=20),
    officer_reason=st.none() | st.text(max_size=20),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    _ACCESS,
    st.builds(ModeChanged, at=_INSTANTS, by=st.text()),
    st.builds(JournalLate, at=_INSTANTS, visit=st.integers(1, 9), waited_ms=_MS),
    st.builds(ServiceStarted, at=_INSTANTS, version=st.text()),
    st.builds(ServiceStopped, at=_INSTANTS, reason=st.text()),
)
