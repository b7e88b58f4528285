"""Makes ``docs/degradation.md``: ``python -m tests.docs.degradation > docs/degradation.md``.

Every combination of faults is brought about at a real access point, a visitor with a green pass comes, and what the
core then shows, asks of the strike and records is written down.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

from gate.access.alarm import AlarmKind
from gate.access.devices import Device
from gate.access.events import AlarmEvent, AlarmStep
from gate.access.inputs import InputLine
from gate.access.orders import Admit, Attestation
from gate.access.patterns import Sign
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import DeviceChanged, Started, Tick
from gate.credential.instant import ClockTrust
from gate.policy.decision import PolicyReason
from tests.access.examples import START, TRUST, shown, valid
from tests.access.story import Story

FILE = Path(__file__).parents[2] / "docs" / "degradation.md"
STALE = replace(TRUST, issued=START - timedelta(days=8))
STUCK_S = 120
ATTESTED = Admit("no_phone", attestation=Attestation(healthy=True, protocol_kept=True))


FACTS = frozenset({"system.clock_changed", "system.journal_late"})
"""What faults lead to by themselves."""


@enum.unique
class Fault(enum.Enum):
    """What does not work, as the table heads it."""

    REVOCATION = "revocation missing"
    CLOCK = "clock unset"
    TRUST = "stale trust"
    JOURNAL = "journal late"
    DISK = "disk full"
    CAMERA = "camera dead"
    DECODER = "one decoder dead"
    INPUT = "stuck input"
    DOOR = "door forced"


DEVICES = {Fault.DECODER: Device.DECODER_ZXING, Fault.CAMERA: Device.CAMERA}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the visitor. ``reason`` is None where nobody was seen."""

    reason: str | None
    grants: bool
    sign: Sign
    events: tuple[str, ...]
    """Of the visit, and what the faults have led to beside alarms, whenever that was."""
    alarms: frozenset[AlarmKind]
    """Those that the faults have raised, before anybody came; each is an ``alarm.raised``."""
    secured_again: bool


Faults = frozenset[Fault]
BESIDES = (Fault.DECODER, Fault.INPUT, Fault.DOOR)
"""Told, and of no account for who is let in: not in the large table, and a test brings each beside every row of it."""
DECIDING = tuple(fault for fault in Fault if fault not in BESIDES)
EVERY: list[Faults] = [frozenset(some) for count in range(len(DECIDING) + 1) for some in combinations(DECIDING, count)]


def outcome(faults: Faults, *, required: bool) -> Outcome:
    """A green visitor comes while this is wrong; ``required`` is ``journal.required``."""
    told = Story(Settings(journal_required=required, self_test_at_start=SelfTestAtStart.OFF))
    told.tell(Started("1.0"))
    told.door(is_open=False)
    _break_devices(told, faults)
    if Fault.CLOCK in faults:
        told.clock = ClockTrust.UNSET
    if faults & {Fault.JOURNAL, Fault.DISK}:
        _release_without_a_record(told)
    told.tell(Tick(), after_s=10)
    before = len(told.events)
    alarms = frozenset(
        event.alarm.kind for event in told.events if isinstance(event, AlarmEvent) and event.step is AlarmStep.RAISED
    )
    if Fault.CAMERA not in faults:
        verdict = replace(valid(), revocation_known=Fault.REVOCATION not in faults)
        told.tell(shown(verdict, b"code", told.now_ns, STALE if Fault.TRUST in faults else TRUST))
    sign, grants = told.point.panel.tower.showing(told.now_ns).sign, told.released
    told.wait(1)
    visit = told.access()[-1] if told.events[before:] else None
    facts = [name for name in told.names() if name in FACTS]
    names = tuple(dict.fromkeys([*(event.name for event in told.events[before:]), *facts]))
    return Outcome(visit.reason if visit else None, grants, sign, names, alarms, grants and not told.released)


def _break_devices(told: Story, faults: Faults) -> None:
    for fault, device in DEVICES.items():
        if fault in faults:
            told.tell(DeviceChanged(device, working=False))
    if Fault.INPUT in faults:
        told.sense(InputLine.ACKNOWLEDGE, active=True)
        told.wait(STUCK_S)
    if Fault.DOOR in faults:
        told.door(is_open=True)


def _release_without_a_record(told: Story) -> None:
    """An earlier visitor was let in, and the journal has not confirmed it."""
    told.recorded = False
    told.wait(10)
    assert told.order(ATTESTED).done


VISITOR = {
    Sign.GRANTED: "green: please enter",
    Sign.HELD_YELLOW: "yellow flashing: wait for the officer",
    Sign.IDLE: "nothing: the lamps stay dark",
}
OFFICER = {
    Fault.TRUST: "a visitor on hold; bring a newer trust bundle",
    Fault.REVOCATION: "a visitor on hold; the lists of what was revoked are missing",
    Fault.CLOCK: "a visitor on hold; the time is a lower bound in every event",
    Fault.JOURNAL: "the alarm; `gate ctl status` counts what is not recorded yet",
    Fault.DISK: "the same, and the log says that events cannot be recorded",
    Fault.CAMERA: "the alarm, whose detail says what can be done. Admit lets in without a code",
    Fault.DECODER: "the alarm; the other library reads on",
    Fault.INPUT: "the alarm, with the name of the input, which counts as not pressed until it is let go",
    Fault.DOOR: "the alarm, until the door is shut",
}
CENTRE = {Fault.DISK: "nothing, until the disk takes records again; then all of it"}

HEAD = """\
# What the gate does when something fails

Made by `python -m tests.docs.degradation`; do not edit it. Every combination of faults below was brought about at a
real access point, and then a visitor with a valid green pass came; a test does it again and compares.

Nothing here opens the door by itself, delays a relock or takes request-to-exit away. The officer can admit in every one
of these cases, but in a lockdown. At an exit (`gate.direction = "exit"`) every genuine code is let out, whatever is
missing, since nobody is locked in. Yellow, red and black visitors wait for the officer in any case.

## Each fault alone

| fault | green is let in | the visitor sees | the officer has | the centre gets |
|---|---|---|---|---|
"""
REQUIRED = """\

With `journal.required = true`, a late journal and a full disk hold every visitor (`unrecorded`) from the first release
on whose record is late, and that release is secured again.

- **Stale trust** means that the bundle is older than `trust.max_age_s`, has ended, or is from the future.
- **Revocation missing** concerns the passes that can be revoked; the others need no list.
- **Clock unset** is told as `system.clock_changed` at once when it happens while the service runs, and by `clock` in
  `system.started` when it was so at the start. A clock in `holdover` lets green in: nothing
  disciplines it now, but it shows none that is over for certain. A board without a battery for its clock starts
  with the time at which it stopped, and would let in passes that ended while it was off: give it such a clock, or set
  `trust.clock_kept = false`, and green waits after a start until a time source has set the clock once.
- **Journal late** and **disk full** look alike at the door: a release went out, and its record was not confirmed in
  time. `system.journal_late` says so once it is itself recorded. The events wait in memory, in order; a power cut loses
  them, and beyond 10,000 the oldest go ([journal.md](journal.md)). A gate that starts with such a disk starts, and is
  in the same state from its first visitor on.
- **Camera dead** is a camera that is missing, busy, silent, frozen or covered ([camera.md](camera.md)). **One decoder
  dead** is a library that died again and again and is left alone for a while ([decoding.md](decoding.md)); when both
  are, it is as if the camera were dead.
- **Rules** that the trust bundle does not vouch for, or that cannot be read, change nothing: those before stay in
  force, and the log says so ([rules.md](rules.md)). A stricter rule that cannot be evaluated holds who would be green.
- **One decoder dead**, **stuck input** and **door forced** change nothing for a visitor with a code, whatever else is
  wrong, so the table below leaves them out; a test brings each of them about beside every row.

## Every combination

`x`: this is wrong. The reason is that of the visit: the first fault from the left that holds somebody gives it. A dead
camera sees nobody, whatever else is wrong. What visitor, officer and centre see is without `journal.required`; what
else the officer has, such as the log, is above. With a full disk the centre gets it once the disk takes records again.

"""


def document() -> str:
    """The whole file."""
    alone = [frozenset[Fault](), *(frozenset({fault}) for fault in Fault)]
    return HEAD + "".join(map(_alone, alone)) + REQUIRED + "".join(_rows())


def _alone(faults: Faults) -> str:
    (fault,) = faults or (None,)
    found = outcome(faults, required=False)
    events = ", ".join(f"`{name}` ({found.reason})" if name == "access.held" else f"`{name}`" for name in found.events)
    alarms = "".join(f", `alarm.raised` ({kind})" for kind in sorted(found.alarms))
    told = f"{events}{alarms}".removeprefix(", ")
    centre = CENTRE.get(fault, told) if fault else told
    officer = OFFICER[fault] if fault else "nothing to do"
    name = fault.value if fault else "none"
    return f"| {name} | {_yes(grants=found.grants)} | {VISITOR[found.sign]} | {officer} | {centre} |\n"


def _rows() -> Iterator[str]:
    told = "reason | the visitor sees | the officer has | the centre gets"
    heads = " | ".join(fault.value for fault in DECIDING)
    yield f"| {heads} | green is let in | {told} | with `journal.required` |\n"
    yield "|" + "---|" * (len(DECIDING) + 6) + "\n"
    for faults in EVERY:
        usual, strict = outcome(faults, required=False), outcome(faults, required=True)
        marks = " | ".join("x" if fault in faults else " " for fault in DECIDING)
        seen = f"{_reason(usual)} | {LAMPS[usual.sign]} | {_officer(usual)} | {_centre(faults, usual)}"
        yield f"| {marks} | {_yes(grants=usual.grants)} | {seen} | {_strict(strict)} |\n"


LAMPS = {Sign.GRANTED: "green", Sign.HELD_YELLOW: "yellow flashing", Sign.IDLE: "dark lamps"}


def _officer(found: Outcome) -> str:
    held = ["a visitor on hold"] if found.sign is Sign.HELD_YELLOW else []
    return ", ".join([*held, *(f"the alarm {kind}" for kind in sorted(found.alarms))]) or "nothing to do"


def _centre(faults: Faults, found: Outcome) -> str:
    told = ", ".join((*found.events, *(f"alarm.raised ({kind})" for kind in sorted(found.alarms))))
    return f"later: {told}" if Fault.DISK in faults else told


def _yes(*, grants: bool) -> str:
    return "yes" if grants else "no"


def _reason(found: Outcome) -> str:
    return found.reason or "nobody is seen"


def _strict(found: Outcome) -> str:
    return "yes" if found.grants else f"no: {_reason(found)}"


ALARMS = {
    Fault.JOURNAL: AlarmKind.JOURNAL_LATE,
    Fault.DISK: AlarmKind.JOURNAL_LATE,
    Fault.CAMERA: AlarmKind.CAMERA_FAULT,
    Fault.DECODER: AlarmKind.DECODER_FAULT,
    Fault.INPUT: AlarmKind.STUCK_INPUT,
    Fault.DOOR: AlarmKind.DOOR_FORCED_OPEN,
}


def expected(faults: Faults, *, required: bool) -> str | None:
    """The reason that the design gives, worked out apart from the core."""
    if Fault.CAMERA in faults:
        return None
    if Fault.REVOCATION in faults:
        return PolicyReason.REVOCATION_UNKNOWN
    if Fault.CLOCK in faults:
        return PolicyReason.CLOCK
    if Fault.TRUST in faults:
        return PolicyReason.STALE_TRUST
    if required and faults & {Fault.JOURNAL, Fault.DISK}:
        return "unrecorded"
    return PolicyReason.RULE_MET


def alarms_of(faults: Faults) -> set[AlarmKind]:
    """The alarms that the design asks for."""
    return {ALARMS[fault] for fault in faults if fault in ALARMS}


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201  (the file goes to standard output)
