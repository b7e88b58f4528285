"""When the lock may be released in a life, and when it must be, as its records say it.

Nothing is taken from the core's own account of its claims: only what it asked to be kept, when, whether that is in the
journal's file, and what it was told from outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from gate.access.events import (
    AccessEvent,
    AccessResult,
    Event,
    ExitRequested,
    JournalLate,
    ModeChanged,
    SelfTested,
    SelfTestEnded,
    ServiceStopped,
)
from gate.access.modes import DoorMode
from gate.access.settings import Settings
from gate.adapters.gpio_gpiozero.strike import GRACE_NS
from tests.lives.facts import Asked, End, Facts

NS_PER_MS = 1_000_000
FOUND = "emergency found at the start"
EMERGENCY = {DoorMode.LOCKED_OPEN.value, FOUND}
FREE = {DoorMode.UNLOCKED, DoorMode.LOCKED_OPEN}


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when (monotonic ns) the lock may be released, and what says so."""

    start_ns: int
    end_ns: int
    why: str
    must: bool = False
    """Whether it must be released all the time."""
    passing: bool = False
    """Whether it ends by itself, at ``end_ns``."""


def windows(facts: Facts, settings: Settings) -> list[Window]:
    """Of one life."""
    found = [*_passing(facts, settings), *_modes(facts)]
    if facts.hung_ns is not None:
        changing = any(
            isinstance(one.event, ModeChanged) and one.at_ns == facts.hung_ns for one in facts.asked.values()
        )
        found = [_hung(one, facts.hung_ns, settings, changing=changing) for one in found]
    return found


def _passing(facts: Facts, settings: Settings) -> Iterator[Window]:
    """For one passage or one test."""
    for one in facts.asked.values():
        event, start_ns = one.event, one.at_ns
        if isinstance(event, SelfTested) and event.relay:
            if one.handled_ns is None or _is_over(one, facts):
                continue
            start_ns = one.handled_ns
        length_ns = release_ms(event) * NS_PER_MS
        if not length_ns:
            continue
        why = event.name if one.committed else _lost(one, facts, settings)
        if not one.committed and isinstance(event, AccessEvent) and _is_taken_back(one, facts, settings):
            length_ns = min(length_ns, settings.record_wait_ns)
        yield Window(start_ns, start_ns + length_ns, why, passing=True)


def _is_over(test: Asked, facts: Facts) -> bool:
    """Whether a self-test had ended when the core was told that its begin is recorded: then the relay stays at rest."""
    asked = list(facts.asked.values())
    later = asked[asked.index(test) :]
    return any(isinstance(one.event, SelfTestEnded) and one.at_ns < (test.handled_ns or 0) for one in later)


def _is_taken_back(one: Asked, facts: Facts, settings: Settings) -> bool:
    """Whether the core secures again for want of a record: where the site wants that, and the controller still runs."""
    late_ns = one.at_ns + settings.record_wait_ns
    return settings.journal_required and (facts.hung_ns is None or late_ns < facts.hung_ns)


def release_ms(event: Event) -> int:
    """For how long this record says that the strike was released."""
    match event:
        case AccessEvent(result=AccessResult.GRANTED, release_ms=length) | ExitRequested(release_ms=length):
            return length
        case SelfTested(relay=True, release_ms=length):
            return length
    return 0


def _lost(one: Asked, facts: Facts, settings: Settings) -> str:
    """Why a release has no record: its time was not over, or the disk did not answer in it."""
    if facts.end_ns - one.at_ns < settings.record_wait_ns:
        return "lost: younger than record_wait"
    if facts.end_ns - one.at_ns <= one.latency_ns:
        return f"lost: {one.event.name}, the disk did not answer"
    return f"UNRECORDED {one.event.name}"


def _modes(facts: Facts) -> Iterator[Window]:
    """For as long as a mode is in force; a mode that frees begins when the core is told that it is recorded."""
    end_ns = facts.hung_ns or facts.end_ns
    changes: list[tuple[int, DoorMode, int | None, str]] = []
    if facts.standing:
        changes.append((facts.start_ns, DoorMode.LOCKED_OPEN, facts.start_ns, FOUND))
    elif facts.memory.mode is DoorMode.UNLOCKED:
        changes.append((facts.start_ns, DoorMode.UNLOCKED, facts.start_ns, "unlocked as remembered"))
    changes += [
        (one.at_ns, one.event.mode, one.handled_ns, one.event.mode.value)
        for one in facts.asked.values()
        if isinstance(one.event, ModeChanged)
    ]
    free_until_ns = -1
    for (at_ns, mode, handled_ns, why), (next_ns, *_) in pairwise([*changes, (end_ns, DoorMode.LOCKED, None, "")]):
        if mode not in FREE:
            free_until_ns = -1
            continue
        waits = mode is DoorMode.UNLOCKED and at_ns > free_until_ns
        start_ns = handled_ns if waits else at_ns
        if start_ns is not None and start_ns <= next_ns:
            yield Window(start_ns, next_ns, why, must=True)
            free_until_ns = next_ns


def _hung(window: Window, hung_ns: int, settings: Settings, *, changing: bool) -> Window:
    """The guard ends a lease a little later than the core; a held one ends because nobody renews it.

    ``changing``: the mode was about to change when the controller began to hang, so the lock may be as before or after.
    """
    if window.end_ns < hung_ns:
        return window
    if window.passing:
        return replace(window, end_ns=window.end_ns + GRACE_NS)
    if window.why in EMERGENCY:
        return Window(window.start_ns, 1 << 62, window.why, must=not changing)
    return Window(window.start_ns, hung_ns + settings.renew_ns + GRACE_NS, window.why)


def falls(facts: Facts, found: list[Window]) -> set[int]:
    """The moments at which the lock may become secured."""
    moments = {one.end_ns for one in found} | set(facts.door_moved_ns) | {facts.start_ns}
    for one in facts.asked.values():
        match one.event:
            case ModeChanged(mode=mode) if mode not in FREE:
                moments.add(one.at_ns)
            case JournalLate(secured=True) | ServiceStopped():
                moments.add(one.at_ns)
    return moments | ({facts.end_ns} if facts.end is End.CRASH else set())
