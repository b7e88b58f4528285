"""Random values of the core, and random stories of an access point, for what writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

from hypothesis import strategies as st

from gate.access.access_point import AccessPoint
from gate.access.devices import Device
from gate.access.effects import Effect, Persist
from gate.access.events import Event
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.access.orders import Order
from gate.access.settings import Settings
from gate.access.signals import (
    ControlRefused,
    DeviceChanged,
    InputChanged,
    Ordered,
    Recorded,
    Signal,
    Started,
    Stopping,
    Tick,
)
from gate.credential.model import Colour, RejectReason, Verdict
from gate.service.signal_log import Handled, Run
from tests.access.examples import SECOND, at, rejected, shown, valid

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-3, minutes=-30))])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

# For all tests of the process, and harmless to others: times that say their zone, and text that UTF-8 can hold.
st.register_type_strategy(datetime, st.datetimes(timezones=ZONES))
st.register_type_strategy(str, TEXTS)


def values_of(kind: object) -> st.SearchStrategy[object]:
    """Any value of a dataclass, or of a union of them."""
    members = get_args(kind) or (kind,)
    return st.one_of([st.from_type(member) for member in members])


SIGNALS, EFFECTS, EVENTS = (values_of(kind) for kind in (Signal, Effect, Event))
MEMORIES = values_of(Memory)

CODES = st.sampled_from([b"a", b"b", b"c"])
VERDICTS: st.SearchStrategy[Verdict] = st.one_of(
    st.sampled_from([None, *Colour]).map(valid), st.sampled_from(RejectReason).map(rejected)
)
HAPPENINGS: st.SearchStrategy[Signal | tuple[Verdict, bytes]] = st.one_of(
    st.tuples(VERDICTS, CODES),
    st.builds(Ordered, values_of(Order), st.just("uid-1001"), st.just(10**18), st.sampled_from([0, 7])),
    st.builds(DeviceChanged, st.sampled_from(Device), st.booleans()),
    st.builds(InputChanged, st.sampled_from(InputLine), st.booleans(), st.just(SECOND)),
    st.sampled_from([ControlRefused("uid-1005", "admit"), Tick()]),
)
STEPS = st.tuples(st.sampled_from([0, 1, 100, 250, 2_000, 3_000, 121_000]), HAPPENINGS)
STORIES = st.tuples(st.booleans(), st.lists(STEPS, max_size=40))


class Teller:
    """Runs a story through an access point as the controller does, and keeps every line of it."""

    def __init__(self, settings: Settings, memory: Memory, now_ns: int = SECOND) -> None:
        self.point = AccessPoint(settings, memory)
        self.now_ns = now_ns
        self.memory = memory
        self.lines: list[Run | Handled] = [Run(settings, memory)]
        self.tell(Started("1.0"))

    def tell(self, signal: Signal) -> None:
        now = at(self.now_ns)
        effects = self.point.handle(signal, now)
        self.lines.append(Handled(now, signal, effects))
        for effect in effects:
            if isinstance(effect, Persist):
                self.memory = effect.memory
                self.tell(Recorded(effect.ticket))

    def happens(self, later_ms: int, happening: Signal | tuple[Verdict, bytes]) -> None:
        self.now_ns += later_ms * 1_000_000
        if isinstance(happening, tuple):
            verdict, code = happening
            self.tell(shown(verdict, code, self.now_ns))
        else:
            self.tell(happening)


def told(story: tuple[bool, list[tuple[int, Signal | tuple[Verdict, bytes]]]]) -> list[Run | Handled]:
    """The lines of a story in two runs; the second takes up the memory of the first."""
    required, steps = story
    settings = Settings(journal_required=required)
    first = Teller(settings, Memory())
    for step in steps[: len(steps) // 2]:
        first.happens(*step)
    first.tell(Stopping("restarted"))
    second = Teller(settings, first.memory, first.now_ns + SECOND)
    for step in steps[len(steps) // 2 :]:
        second.happens(*step)
    return [*first.lines, *second.lines]
