"""What every ``ports.Indicator`` must do; seen on the recorded lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from gate.access.effects import Light, Line
from gate.adapters.gpio_gpiozero import GpioIndicator
from gate.adapters.gpio_gpiozero.indicator import USUAL_HZ
from gate.ports import AdapterError, Indicator
from tests.pins import MakePins, Pins

PINS = {Line.RED: 22, Line.YELLOW: 23, Line.GREEN: 13, Line.ATTENTION: 19, Line.ALARM: 26, Line.BUZZER: 27}
SETS = [frozenset(lit) for count in range(len(Line) + 1) for lit in itertools.combinations(Line, count)]


@pytest.fixture
def pins(make_pins: MakePins) -> Pins:
    return make_pins()


@pytest.fixture
def indicator(pins: Pins) -> Iterator[Indicator]:
    made = GpioIndicator(pins.factory, PINS)
    yield made
    made.close()


def lit(pins: Pins) -> frozenset[Line]:
    return frozenset(line for line, pin in PINS.items() if pins.now(pin))


@pytest.mark.usefixtures("indicator")
def test_it_starts_dark_without_a_flash(pins: Pins) -> None:
    assert not any(change.level for change in pins.changes)
    assert all(pins.driven(pin) for pin in PINS.values())


@pytest.mark.parametrize("first", SETS, ids=lambda lines: "+".join(sorted(lines)))
def test_exactly_what_is_asked_is_lit_and_only_what_differs_is_switched(
    pins: Pins, indicator: Indicator, first: frozenset[Line]
) -> None:
    for second in SETS:
        indicator.show(Light(first))
        pins.changes.clear()
        indicator.show(Light(second, 900))
        assert lit(pins) == second
        assert sorted(change.pin for change in pins.changes) == sorted(PINS[line] for line in first ^ second)


def test_close_makes_all_dark_and_lets_the_lines_go(pins: Pins, indicator: Indicator) -> None:
    indicator.show(Light(frozenset(Line)))
    indicator.close()
    assert lit(pins) == frozenset()
    assert all(pins.let_go(pin) for pin in PINS.values())
    indicator.close()


def test_a_pin_in_use_is_told_with_advice_and_the_others_are_let_go(pins: Pins) -> None:
    taken = GpioIndicator(pins.factory, {Line.GREEN: PINS[Line.GREEN]})
    with pytest.raises(AdapterError, match=r"pin 13 for green .* in use .*Check \[pins\]") as told:
        GpioIndicator(pins.factory, PINS)
    assert all(pins.let_go(pin) for line, pin in PINS.items() if line is not Line.GREEN)
    taken.close()
    GpioIndicator(pins.factory, PINS).close()
    assert told.value.__cause__ is not None


ALL = frozenset(Line)


def test_a_line_that_is_not_wired_is_left_out(pins: Pins) -> None:
    indicator = GpioIndicator(pins.factory, {Line.RED: PINS[Line.RED]})
    indicator.show(Light(ALL))
    assert lit(pins) == {Line.RED}
    indicator.close()


def broken(pins: Pins, line: Line) -> None:
    """The next writes to the line fail."""

    def failing(_value: bool) -> None:  # noqa: FBT001  (gpiozero's signature)
        raise OSError(f"{line} is broken")

    pins.factory.pin(PINS[line])._set_state = failing


@pytest.mark.parametrize("line", Line)
def test_a_line_that_fails_is_told_and_the_others_are_switched(pins: Pins, line: Line) -> None:
    indicator = GpioIndicator(pins.factory, PINS)
    broken(pins, line)
    with pytest.raises(OSError, match=f"{line} is broken"):
        indicator.show(Light(ALL))
    assert lit(pins) == ALL - {line}
    with pytest.raises(OSError, match=f"{line} is broken"):
        indicator.close()
    assert lit(pins) == frozenset()
    assert all(pins.let_go(pin) for pin in PINS.values())


class PlayedBuzzer:
    """A passive buzzer that keeps what it was told."""

    def __init__(self) -> None:
        self.tones: list[int] = []
        self.problem: Exception | None = None

    def sound(self, tone_hz: int) -> None:
        if self.problem is not None:
            raise self.problem
        self.tones.append(tone_hz)

    def close(self) -> None:
        self.tones.append(-1)


@pytest.fixture
def buzzer() -> PlayedBuzzer:
    return PlayedBuzzer()


@pytest.fixture
def tonal(pins: Pins, buzzer: PlayedBuzzer) -> Iterator[Indicator]:
    lamps = dict(PINS)
    del lamps[Line.BUZZER]
    made = GpioIndicator(pins.factory, lamps, buzzer)
    yield made
    made.close()


def test_a_passive_buzzer_sounds_the_tone_while_the_buzzer_is_on(tonal: Indicator, buzzer: PlayedBuzzer) -> None:
    sounding = frozenset({Line.BUZZER})
    for light in (Light(sounding, 900), Light(sounding, 1800), Light(frozenset(), 900), Light(sounding)):
        tonal.show(light)
    assert buzzer.tones == [900, 1800, 0, USUAL_HZ]


def test_a_passive_buzzer_that_fails_is_told_and_the_lamps_are_switched(
    pins: Pins, tonal: Indicator, buzzer: PlayedBuzzer
) -> None:
    buzzer.problem = AdapterError("no tone")
    with pytest.raises(AdapterError, match="no tone"):
        tonal.show(Light(ALL, 900))
    assert lit(pins) == ALL - {Line.BUZZER}


def test_close_silences_a_passive_buzzer(tonal: Indicator, buzzer: PlayedBuzzer) -> None:
    tonal.show(Light(ALL, 900))
    tonal.close()
    assert buzzer.tones[-1] == -1
