"""What visitors and alarms of one journal leave behind, record by record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from gate.access.alarm import Alarm, AlarmKind
from gate.access.events import AccessEvent, AccessResult, AlarmEvent, AlarmStep, Event, OpenedBy, Passage, PassageEvent
from gate.access.orders import FollowUpOutcome
from gate.central.arrivals import Arrived, read
from gate.credential.instant import Instant
from gate.credential.model import Colour, CredentialKind, CredentialRef
from gate.policy.site import Direction
from gate.wire import chain, envelope, topics
from gate.wire.envelope import Place
from gate.wire.topics import Identity
from tests.wire.examples import GRANTED, NOON, ULID_A, ULID_B

SITE, GATE = "jkt-01", "front"


def at(minutes: float) -> Instant:
    """So many minutes after noon."""
    return replace(NOON, utc=NOON.utc + timedelta(minutes=minutes))


def pseudonym(number: int, epoch: str = "2026-W47") -> CredentialRef:
    return CredentialRef(CredentialKind.PASS, "demo", "0a1b", f"{number:032x}", epoch)


def granted(visit: int, minutes: float, person: int = 1, direction: Direction = Direction.ENTRY) -> AccessEvent:
    return replace(GRANTED, at=at(minutes), visit=visit, credential=pseudonym(person), direction=direction)


def held_then_refused(visit: int, minutes: float, colour: Colour, person: int = 2) -> list[Event]:
    """Somebody whom the officer turned away a minute later; a black one with the alarm that belongs to it."""
    held = replace(granted(visit, minutes, person), result=AccessResult.HELD, colour=colour, opened_by=OpenedBy.NONE)
    refused = replace(
        held, at=at(minutes + 1), result=AccessResult.DENIED, reason="refused_by_officer", officer="uid-1001"
    )
    return [held, refused]


def black_alarm(number: int, minutes: float, visit: int) -> list[Event]:
    """Every step that it can take, a minute apart."""
    alarm = Alarm(number, AlarmKind.BLACK, at(minutes), visit=visit, present=False)
    seen = replace(alarm, acknowledged_by="uid-1001", escalated=True)
    return [
        AlarmEvent(at(minutes), AlarmStep.RAISED, alarm),
        AlarmEvent(at(minutes + 1), AlarmStep.ESCALATED, replace(alarm, escalated=True)),
        AlarmEvent(at(minutes + 2), AlarmStep.ACKNOWLEDGED, seen, "uid-1001"),
        AlarmEvent(at(minutes + 3), AlarmStep.FOLLOWED_UP, seen, "uid-1001", FollowUpOutcome.ISOLATED),
        AlarmEvent(at(minutes + 4), AlarmStep.CLEARED, seen),
    ]


def day() -> list[Event]:
    """Somebody goes through, a red visitor is refused, a black one is stopped, and one does not go through."""
    return [
        replace(granted(1, 0), passage=Passage.AWAITED),
        PassageEvent(at(0.1), 1, Passage.TAKEN),
        *held_then_refused(2, 5, Colour.RED),
        *held_then_refused(3, 10, Colour.BLACK, person=3),
        *black_alarm(1, 10, visit=3),
        replace(granted(4, 20, person=4), passage=Passage.AWAITED),
        PassageEvent(at(20.2), 4, Passage.NOT_TAKEN),
    ]


def recorded(events: Iterable[Event], journal: str = ULID_A, *, site: str = SITE, gate: str = GATE) -> list[Arrived]:
    """The records of a journal that holds these from its first one on."""
    identity = Identity(site, gate, "entry", "boot-1")
    prev, found = chain.first_prev(journal), list[Arrived]()
    for seq, event in enumerate(events, 1):
        body = envelope.encode(event, Place(journal, seq, prev), identity, ULID_B, offline=False)
        prev = chain.digest(body)
        arrived = read(topics.feed(identity, event.feed), body)
        assert isinstance(arrived, tuple)
        found += arrived
    return found


def bodies(events: Sequence[Event]) -> list[tuple[int, bytes]]:
    return [(one.seq, one.body) for one in recorded(events)]
