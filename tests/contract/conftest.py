"""The two kinds of pins that every suite on lines runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from tests.pins import GpiodPins, MakePins, Pins, RecordedPins


@pytest.fixture(params=[RecordedPins, GpiodPins], ids=["mock", "gpiod"])
def make_pins(request: pytest.FixtureRequest) -> Iterator[MakePins]:
    """Makes pins, and closes them after the test."""
    with ExitStack() as made:

        def make(secured: Mapping[int, bool] | None = None) -> Pins:
            pins: Pins = request.param(secured)
            made.callback(pins.close)
            return pins

        yield make
