"""When a decoder is left alone, when it is tried again, and who is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.devices import Device
from gate.access.signals import DeviceChanged
from gate.ports import AdapterError, DecoderDied, Luma, Symbol
from gate.service.quarantine import Health, Phase, Quarantined, Terms
from tests.access.examples import SECOND
from tests.service.stepped_clock import SteppedClock

FRAME = np.zeros((30, 30), np.uint8)
TERMS = Terms(deaths=3, within_ns=60 * SECOND, rest_ns=600 * SECOND)
FAILED = DeviceChanged(Device.DECODER_ZXING, working=False)
WORKS = DeviceChanged(Device.DECODER_ZXING, working=True)


class Mortal:
    """Dies, or fails, when told to."""

    name = "zxing"

    def __init__(self) -> None:
        self.error: AdapterError | None = None
        self.asked = 0
        self.closed = False

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        assert luma is FRAME
        self.asked += 1
        if self.error is not None:
            raise self.error
        return ()

    def close(self) -> None:
        self.closed = True


class Watch:
    """A decoder under quarantine, and what is told of it."""

    def __init__(self) -> None:
        self.clock = SteppedClock()
        self.told: list[DeviceChanged] = []
        self.mortal = Mortal()
        self.decoder = Quarantined(self.mortal, Device.DECODER_ZXING, TERMS, self.clock, self.told.append)

    def wait(self, seconds: float) -> None:
        self.clock.now_ns += round(seconds * SECOND)

    def die(self, times: int = 1) -> None:
        self.mortal.error = DecoderDied("it died")
        for _ in range(times):
            with pytest.raises(DecoderDied):
                self.decoder.decode(FRAME)
        self.mortal.error = None

    def answers(self) -> bool:
        asked = self.mortal.asked
        try:
            self.decoder.decode(FRAME)
        except AdapterError:
            assert self.mortal.asked == asked
            return False
        return True


def test_the_last_of_too_many_deaths_begins_the_quarantine() -> None:
    watch = Watch()
    watch.die(2)
    assert watch.answers()
    assert watch.told == []
    watch.die()
    assert watch.told == [FAILED]
    assert not watch.answers()


def test_deaths_that_lie_far_apart_do_not_count_together() -> None:
    watch = Watch()
    for _ in range(10):
        watch.die(2)
        watch.wait(60)
    assert watch.answers()
    assert watch.told == []


def test_a_failure_that_is_no_death_does_not_count() -> None:
    watch = Watch()
    watch.mortal.error = AdapterError("it is starting")
    for _ in range(10):
        with pytest.raises(AdapterError, match="it is starting"):
            watch.decoder.decode(FRAME)
    watch.mortal.error = None
    assert watch.answers()


def test_after_the_quarantine_one_death_begins_a_new_one_without_a_new_alarm() -> None:
    watch = Watch()
    watch.die(3)
    watch.wait(599)
    assert not watch.answers()
    watch.wait(1)
    watch.die()
    assert watch.told == [FAILED]
    assert not watch.answers()
    watch.wait(600)
    assert watch.answers()


def test_a_trial_is_passed_by_living_long_enough() -> None:
    watch = Watch()
    watch.die(3)
    watch.wait(600)
    assert watch.answers()
    watch.wait(59)
    assert watch.answers()
    assert watch.told == [FAILED]
    watch.wait(1)
    assert watch.answers()
    assert watch.told == [FAILED, WORKS]
    watch.die(2)
    assert watch.answers()
    watch.die()
    assert watch.told == [FAILED, WORKS, FAILED]


def test_it_closes_what_it_guards_and_has_its_name() -> None:
    watch = Watch()
    watch.decoder.close()
    assert watch.mortal.closed
    assert watch.decoder.name == "zxing"


TERMS_OF_ANY = st.builds(Terms, st.integers(1, 6), st.integers(1, 100), st.integers(1, 1000))
STEPS = st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=80)


@given(TERMS_OF_ANY, STEPS)
def test_whatever_happens_it_is_left_alone_exactly_as_the_terms_say(
    terms: Terms, steps: list[tuple[int, bool]]
) -> None:
    """Against a plain retelling: the list of all deaths, and when the last quarantine began."""
    health, now = Health(), 0
    deaths: list[int] = []
    quarantine: int | None = None
    for later, dies in steps:
        now += later
        health = health.asked(now, terms)
        resting = quarantine is not None and now - quarantine < terms.rest_ns
        assert (health.phase is Phase.QUARANTINE) is resting
        if resting:
            continue
        on_trial = health.phase is Phase.TRIAL
        health = health.died(now, terms) if dies else health.answered(now, terms)
        if dies:
            deaths.append(now)
            recent = sum(now - one < terms.within_ns for one in deaths)
            assert (health.phase is Phase.QUARANTINE) is (on_trial or recent >= terms.deaths)
        if health.phase is Phase.QUARANTINE:
            deaths, quarantine = [], now
        assert len(health.deaths_ns) < terms.deaths
