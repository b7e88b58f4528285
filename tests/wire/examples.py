"""Events for tests: one of every kind by hand, any of them by hypothesis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from gate.access.alarm import Alarm, AlarmKind
from gate.access.command import CommandRefusal, Verb
from gate.access.command_events import CommandEnded, CommandRefused, CommandTaken, Retired
from gate.access.events import (
    AccessEvent,
    AccessResult,
    AlarmEvent,
    AlarmStep,
    DoorCondition,
    DoorConditionChanged,
    Event,
    ExitRequested,
    JournalLate,
    LockResult,
    ModeChanged,
    OpenedBy,
    OrderRefused,
    Passage,
    PassageEvent,
    SelfTested,
    SelfTestEnded,
    ServiceStarted,
    ServiceStopped,
)
from gate.access.journal_events import Beginning, ChainHead, EventsLost, JournalBegun, Missing, RecordsDropped
from gate.access.modes import DoorMode
from gate.access.orders import Attestation, FollowUpOutcome
from gate.access.site_events import CheckedOut, ClockChanged, OccupancyCorrected, PassbackReset
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Colour, CredentialKind, CredentialRef, TrustStamp
from gate.policy.status import Outcome, Rule
from gate.wire.envelope import Place
from gate.wire.topics import Identity

ULID_A = "01HZX5GQ7J8K9M0N1P2Q3R4S5T"
ULID_B = "01HZX5GQ7J8K9M0N1P2Q3R4S5V"
KID = "0a1b2c3d4e5f6071"
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
ASSISTED = replace(
    GRANTED,
    visit=3,
    colour=None,
    reason="assisted",
    rule=Rule("assisted", 1),
    credential=None,
    trust=None,
    opened_by=OpenedBy.OFFICER,
    passage=Passage.AWAITED,
    officer="door-officer",
    officer_reason="no_phone",
    attestation=Attestation(healthy=True, protocol_kept=True),
    assisted=1,
)
DRILL = replace(
    FORGED, visit=4, result=AccessResult.HELD, colour=Colour.BLACK, outcome=Outcome.HOLD, reason="drill", drill=True
)
BLACK = Alarm(1, AlarmKind.BLACK, NOON, visit=4)
DURESS = Alarm(2, AlarmKind.DURESS, NOON)
OTHERS: tuple[Event, ...] = (
    ModeChanged(NOON, DoorMode.LOCKED_DOWN, DoorMode.LOCKED, "officer"),
    JournalLate(NOON, 2, 251, secured=True),
    ServiceStarted(NOON, "0.1.0", DoorMode.LOCKED),
    ServiceStopped(NOON, "SIGTERM"),
    PassageEvent(NOON, 1, Passage.TAKEN),
    DoorConditionChanged(NOON, DoorCondition.FORCED_OPEN, DoorMode.LOCKED),
    ExitRequested(NOON, 5000, DoorMode.LOCKED_DOWN),
    AlarmEvent(NOON, AlarmStep.RAISED, BLACK),
    AlarmEvent(NOON, AlarmStep.FOLLOWED_UP, BLACK, "uid-1001", FollowUpOutcome.ISOLATED),
    AlarmEvent(NOON, AlarmStep.RAISED, DURESS),
    SelfTested(NOON, "start", relay=True, release_ms=200, active_inputs=("door_monitor",)),
    SelfTestEnded(NOON, LockResult.PASSED),
    OrderRefused(NOON, "uid-1005", "admit", more=0),
    PassbackReset(NOON, "uid-1001", 3, REF.fp, REF.epoch),
    PassbackReset(NOON, "uid-1001"),
    OccupancyCorrected(NOON, was=12, inside=10, by="uid-1001"),
    CheckedOut(NOON, 3),
    ClockChanged(NOON, ClockTrust.UNSET),
    ChainHead(NOON, 100, "ab" * 32, "A" * 43, "B" * 86),
    RecordsDropped(NOON, (Missing(1, 6, "0" * 64, "ab" * 32), Missing(8, 8, "cd" * 32, "ef" * 32)), 7, 5, 0),
    JournalBegun(NOON, ULID_B, 240, 250, Beginning.AHEAD),
    EventsLost(NOON, 900, 0, NOON.utc - timedelta(days=3), NOON.utc - timedelta(hours=1)),
    CommandTaken(NOON, ULID_A, Verb.RELEASE, KID, "desk-1", 1_795_000_000_000_000),
    CommandEnded(NOON, ULID_A, Verb.RELEASE, done=True),
    CommandRefused(NOON, CommandRefusal.REPLAYED, "release", KID, ULID_A, more=3),
    Retired(NOON, f"centre:{KID}"),
)

_MS = st.integers(0, 10**9)
_HASHES = st.just("ab" * 32)
_INSTANTS = st.builds(
    Instant,
    st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  (hypothesis wants them naive)
    st.integers(0, 10**18),
    st.sampled_from(ClockTrust),
)
PASSED = (Passage.TAKEN, Passage.NOT_TAKEN, Passage.UNKNOWN)
_MODES = st.sampled_from([mode for mode in DoorMode if mode is not DoorMode.ACCESSED])
_OUTCOMES = st.sampled_from(FollowUpOutcome)
_ACCESS = st.builds(
    AccessEvent,
    at=_INSTANTS,
    visit=st.integers(1, 10**9),
    reason=st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    rule=st.builds(Rule, st.text(max_size=20), st.integers(0, 9)),
    credential=st.none() | st.just(REF),
    trust=st.none() | st.just(STAMP),
    decode_ms=_MS,
    decide_ms=_MS,
    release_ms=_MS,
    passage=st.sampled_from(Passage),
    attestation=st.none() | st.builds(Attestation),
    assisted=st.integers(0, 9),
    drill=st.booleans(),
    officer=st.none() | st.text(max_size=20),
    officer_reason=st.none() | st.text(max_size=20),
)
_ALARMS = st.builds(
    Alarm,
    number=st.integers(1, 10**9),
    raised=_INSTANTS,
    detail=st.text(max_size=20),
    visit=st.none() | st.integers(1, 10**9),
    acknowledged_by=st.none() | st.text(max_size=20),
)
_VERBS = st.sampled_from(Verb)
_REFUSALS = st.sampled_from(CommandRefusal)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    _ACCESS,
    st.builds(PassageEvent, at=_INSTANTS, visit=st.integers(1, 9), passage=st.sampled_from(PASSED)),
    st.builds(ModeChanged, at=_INSTANTS, mode=_MODES, previous=_MODES, by=st.text()),
    st.builds(DoorConditionChanged, at=_INSTANTS, mode=_MODES),
    st.builds(ExitRequested, at=_INSTANTS, release_ms=_MS, mode=_MODES),
    st.builds(AlarmEvent, at=_INSTANTS, alarm=_ALARMS, by=st.none() | st.text(), outcome=st.none() | _OUTCOMES),
    st.builds(SelfTested, at=_INSTANTS, by=st.text(), release_ms=_MS, active_inputs=st.just(("tamper",))),
    st.builds(SelfTestEnded, at=_INSTANTS),
    st.builds(OrderRefused, at=_INSTANTS, by=st.text(), verb=st.text(), more=st.integers(0, 9)),
    st.builds(
        CommandTaken,
        at=_INSTANTS,
        transaction=st.just(ULID_B),
        verb=_VERBS,
        kid=st.just(KID),
        by=st.text(),
        nonce=st.integers(0, 2**53),
    ),
    st.builds(CommandEnded, at=_INSTANTS, transaction=st.just(ULID_B), verb=_VERBS, reason=st.none() | _REFUSALS),
    st.builds(
        CommandRefused,
        at=_INSTANTS,
        reason=_REFUSALS,
        verb=st.just("unknown") | _VERBS.map(str),
        kid=st.none() | st.just(KID),
        transaction=st.none() | st.just(ULID_B),
        more=st.integers(0, 9),
    ),
    st.builds(Retired, at=_INSTANTS, by=st.text()),
    st.builds(JournalLate, at=_INSTANTS, visit=st.integers(1, 9), waited_ms=_MS),
    st.builds(
        PassbackReset,
        at=_INSTANTS,
        by=st.text(),
        visit=st.none() | st.integers(1, 9),
        fp=st.none() | st.just("ab" * 16),
        epoch=st.none() | st.just("2026-W47"),
    ),
    st.builds(OccupancyCorrected, at=_INSTANTS, was=st.integers(0, 9), inside=st.integers(0, 9), by=st.text()),
    st.builds(CheckedOut, at=_INSTANTS, inside=st.integers(0, 9)),
    st.builds(ClockChanged, at=_INSTANTS, previous=st.sampled_from(ClockTrust)),
    st.builds(ServiceStarted, at=_INSTANTS, version=st.text(), mode=_MODES),
    st.builds(ServiceStopped, at=_INSTANTS, reason=st.text()),
    st.builds(
        ChainHead,
        at=_INSTANTS,
        covers=st.integers(0, 10**12),
        head=_HASHES,
        key=st.just("A" * 43),
        signature=st.just("B" * 86),
    ),
    st.builds(
        RecordsDropped,
        at=_INSTANTS,
        ranges=st.tuples(
            st.builds(Missing, first=st.integers(1, 9), last=st.integers(9, 99), prev=_HASHES, head=_HASHES)
        ),
        count=st.integers(1, 99),
        unconfirmed=st.integers(0, 99),
        alarms=st.integers(0, 99),
    ),
    st.builds(
        EventsLost,
        at=_INSTANTS,
        count=st.integers(1, 10**9),
        alarms=st.integers(0, 10**9),
        since=st.just(NOON.utc),
        until=st.just(NOON.utc),
    ),
    st.builds(
        JournalBegun,
        at=_INSTANTS,
        former=st.just(ULID_B),
        last=st.integers(0, 10**12),
        stored=st.integers(0, 10**12),
        reason=st.sampled_from(Beginning),
    ),
)
