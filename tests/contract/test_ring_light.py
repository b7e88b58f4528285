"""The light around the camera, on both kinds of pins."""

from __future__ import annotations

import pytest

from gate.adapters.gpio_gpiozero import GpioRingLight
from gate.ports import AdapterError, RingLight
from tests.pins import MakePins

PIN = 10


def test_it_is_dark_at_first_shines_when_told_and_ends_dark(make_pins: MakePins) -> None:
    pins = make_pins({PIN: False})
    light: RingLight = GpioRingLight(pins.factory, PIN)
    assert pins.now(PIN) is False
    light.shine(on=True)
    assert pins.now(PIN) is True
    light.shine(on=True)
    light.shine(on=False)
    light.shine(on=True)
    light.close()
    light.close()
    assert pins.now(PIN) is False
    assert pins.levels(PIN)[-4:] == [True, False, True, False]


def test_a_line_that_is_gone_is_told_and_done_without(make_pins: MakePins, caplog: pytest.LogCaptureFixture) -> None:
    light = GpioRingLight(make_pins().factory, PIN)
    light.close()
    light.shine(on=True)
    assert "the ring light cannot be switched" in caplog.text


def test_a_line_that_something_else_has_is_told(make_pins: MakePins) -> None:
    pins = make_pins()
    light = GpioRingLight(pins.factory, PIN)
    with pytest.raises(AdapterError, match="pin 10 for the ring light cannot be used"):
        GpioRingLight(pins.factory, PIN)
    light.close()
