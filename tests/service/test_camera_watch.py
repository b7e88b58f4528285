"""The watched camera: what the core is told, when it is opened anew, and that nothing stale gets through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pytest

from gate.access.devices import Device
from gate.access.settings import SECOND_NS
from gate.access.signals import DeviceChanged
from gate.ports import AdapterError, Frame, Luma
from gate.service.camera_limits import LIVE, REPLAY, Limits
from gate.service.camera_watch import WatchedFrames
from tests import pictures
from tests.service.stepped_clock import SteppedClock

MS = SECOND_NS // 1000
EVERY_NS = 100 * MS
BLACK: Luma = np.zeros((90, 160), np.uint8)
SAME = pictures.noise(90, 160, "same")
AWAY = AdapterError("no camera: plug it in")

Step: TypeAlias = "Luma | AdapterError | None"


@dataclass
class Scripted:
    """A camera that gives what the script says, one step every 100 ms, and remembers what was done to it."""

    script: Iterator[Step]
    clock: SteppedClock
    age_ns: int = 0
    reopened_ns: list[int] = field(default_factory=list)
    closed: bool = False

    def next(self, timeout_s: float) -> Frame | None:
        assert 0 < timeout_s < 1
        self.clock.now_ns += EVERY_NS
        step = next(self.script)
        if isinstance(step, AdapterError):
            raise step
        return None if step is None else Frame(step, None, self.clock.now_ns - self.age_ns, "scripted")

    def reopen(self) -> None:
        self.reopened_ns.append(self.clock.now_ns)

    def close(self) -> None:
        self.closed = True


@dataclass
class Bench:
    """A watched camera, and everything that came of it."""

    limits: Limits = LIVE
    told: list[tuple[float, Device, bool]] = field(default_factory=list)
    lights: list[bool] = field(default_factory=list)
    given: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = SteppedClock(0)
        self.camera = Scripted(iter(()), self.clock)
        self.watched = WatchedFrames(
            self.camera, self.limits, self.clock, self._tell, self.camera.reopen, self.lights.append
        )

    def _tell(self, change: DeviceChanged) -> None:
        self.told.append((self.clock.now_ns / SECOND_NS, change.device, change.working))

    def show(self, steps: Iterable[Step], age_ns: int = 0) -> None:
        self.camera.age_ns = age_ns
        many = list(steps)
        self.camera.script = iter(many)
        for _ in many:
            try:
                frame = self.watched.next(0.2)
            except AdapterError:
                continue
            if frame is not None:
                self.given.append(frame)

    @property
    def changes(self) -> list[tuple[Device, bool]]:
        return [(device, working) for _, device, working in self.told]


def people(count: int) -> list[Step]:
    return [pictures.noise(90, 160, f"{count} {number}") for number in range(count)]


BAD: dict[str, tuple[list[Step], Device]] = {
    "nothing": ([None] * 60, Device.CAMERA),
    "frozen": ([SAME] * 60, Device.CAMERA),
    "black": ([BLACK] * 60, Device.CAMERA_LENS),
}


@pytest.mark.parametrize(("steps", "device"), BAD.values(), ids=BAD)
def test_a_trouble_is_told_once_within_five_seconds_and_its_end_with_the_first_good_frame(
    steps: list[Step], device: Device
) -> None:
    bench = Bench()
    bench.show([*people(3), *steps])
    assert bench.changes == [(device, False)]
    assert 3 <= bench.told[0][0] <= 0.3 + 5
    bench.show(people(4))
    assert bench.changes == [(device, False), (device, True)]
    assert bench.told[1][0] == pytest.approx(6.4)


def test_a_camera_that_is_missing_from_the_start_is_told_within_five_seconds() -> None:
    bench = Bench()
    bench.show([None] * 50)
    assert bench.changes == [(Device.CAMERA, False)]


def test_of_a_frozen_picture_only_the_first_frame_is_decided_on() -> None:
    bench = Bench()
    bench.show([SAME] * 100)
    assert len(bench.given) == 1
    bench.show([*people(2), SAME, SAME])
    assert len(bench.given) == 1 + 2 + 1


def test_a_stale_frame_is_not_decided_on_and_a_camera_that_gives_no_other_is_silent() -> None:
    bench = Bench()
    bench.show(people(20), age_ns=1000 * MS)
    assert len(bench.given) == 20
    bench.show(people(40), age_ns=1001 * MS)
    assert len(bench.given) == 20
    assert bench.watched.stale == 40
    assert bench.changes == [(Device.CAMERA, False)]
    bench.show(people(1))
    assert bench.changes[-1] == (Device.CAMERA, True)


def test_it_is_opened_anew_while_it_gives_nothing_new_and_no_more_when_it_does() -> None:
    bench = Bench()
    bench.show([None] * 150)
    assert [ns / SECOND_NS for ns in bench.camera.reopened_ns] == [3.0, 8.0]
    bench.show([*people(1), *[SAME] * 40])
    assert len(bench.camera.reopened_ns) == 3
    bench.show(people(200))
    assert len(bench.camera.reopened_ns) == 3


def test_a_covered_lens_is_given_time_before_the_camera_is_opened_anew() -> None:
    bench = Bench()
    bench.show([BLACK] * 88)
    assert bench.camera.reopened_ns == []
    bench.show([BLACK] * 12)
    assert len(bench.camera.reopened_ns) == 1


def test_a_camera_that_comes_back_dark_is_a_covered_one_at_once() -> None:
    bench = Bench()
    bench.show([*[BLACK] * 60, *[None] * 30, BLACK])
    assert bench.changes == [
        (Device.CAMERA_LENS, False),
        (Device.CAMERA_LENS, True),
        (Device.CAMERA, False),
        (Device.CAMERA, True),
        (Device.CAMERA_LENS, False),
    ]
    assert bench.told[3][0] == bench.told[4][0] == pytest.approx(9.1)


def test_while_it_is_opened_anew_a_covered_lens_stays_one() -> None:
    bench = Bench()
    bench.show([*[BLACK] * 91, *[None] * 65, *[BLACK] * 5])
    assert len(bench.camera.reopened_ns) == 2
    assert bench.changes == [(Device.CAMERA_LENS, False)]


def test_the_ring_light_is_lit_while_the_camera_runs() -> None:
    bench = Bench()
    bench.show([None, *people(2), *[BLACK] * 60])
    assert bench.lights == [True]
    bench.show([None] * 80)
    assert bench.lights == [True, False]
    bench.show(people(1))
    assert bench.lights == [True, False, True]


def test_a_replay_stands_still_and_ends_without_a_word() -> None:
    bench = Bench(REPLAY)
    bench.show([*[SAME] * 60, *[BLACK] * 60, *[None] * 60], age_ns=10 * SECOND_NS)
    assert bench.changes == []
    assert len(bench.given) == 120
    assert bench.camera.reopened_ns == []


def test_a_source_that_fails_is_told_at_once_and_its_error_goes_on_to_the_reader() -> None:
    bench = Bench(REPLAY)
    bench.camera.script = iter([AWAY])
    with pytest.raises(AdapterError, match="plug it in"):
        bench.watched.next(0.2)
    bench.show([AWAY, AWAY, SAME])
    assert bench.changes == [(Device.CAMERA, False), (Device.CAMERA, True)]


def test_it_is_closed_with_what_it_watches() -> None:
    bench = Bench()
    bench.watched.close()
    assert bench.camera.closed


def test_the_log_says_what_to_do_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bench = Bench()
    bench.show([*[BLACK] * 50, *people(2)])
    assert [record.getMessage() for record in caplog.records] == [
        "the camera sees one even grey; look for what covers its lens",
        "the camera sees again",
    ]
