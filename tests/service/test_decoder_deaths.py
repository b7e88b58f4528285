"""Deaths of real decoder processes by four causes, while a real controller works a door.

Sixteen here; the system tier has two hundred.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import cycle

import numpy as np

from gate.access.access_point import AccessPoint
from gate.access.effects import Persist
from gate.access.inputs import InputLine
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import InputChanged, Presented, Recorded
from gate.access.strike_wiring import StrikeWiring
from gate.adapters.clock_system import SystemClock
from gate.adapters.decoder_process.parent import DecoderProcess
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.ports import DecoderDied, Frame, Luma, Symbol
from gate.service.controller import Controller, Hands
from gate.service.decoding import DecoderChain
from gate.service.inbox import Inbox
from gate.service.reader import Reader
from gate.service.threads import Worker
from gate.service.vision.ladder import Ladder
from gate.service.vision.look import Look
from tests import pictures
from tests.access.examples import by_rules
from tests.adapters.decoder_process.hostile import READY_S, command, order
from tests.credential.minting import MINT
from tests.pins import RecordedPins
from tests.service.stepped import Calls, MemoryIndicator, MemoryMark
from tests.service.stepped_clock import SteppedClock
from tests.service.test_reader import FixedTrust

log = logging.getLogger(__name__)

DEATHS = 16
LIBRARIES = ("zxing", "zbar")
CAUSES = ("SEGV", "ABRT", "STOP", "OOM")
RESTART_S = 2.0
RELEASE_S = 0.2
EARLY_S = 0.05
"""The lease counts from the decision, the pin from when it was driven."""
LATE_S = 0.1
"""How much later than its deadline the strike may be secured, on a machine that also loads two children."""
STRIKE = 17
CODE = pictures.qr(MINT.valid(), scale=3)
BLANK = np.full_like(CODE, 255)
EAT = order("eat")


class Mortal:
    """A real decoder in its process, and the moments of its deaths and of its answers."""

    def __init__(self, library: str, changed: threading.Condition) -> None:
        self.name = library
        self.process = DecoderProcess(library, command("hostile_child.py", library))
        self.deaths: list[tuple[float, str]] = []
        self.answered_s = 0.0
        self._changed = changed

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        try:
            symbols = self.process.decode(luma)
        except DecoderDied as died:
            with self._changed:
                self.deaths.append((time.monotonic(), str(died)))
            raise
        with self._changed:
            self.answered_s = time.monotonic()
            self._changed.notify_all()
        return symbols

    def close(self) -> None:
        self.process.close()

    def lives_again(self, deaths: int) -> bool:
        return len(self.deaths) >= deaths and self.answered_s > self.deaths[-1][0]


class Camera:
    """A code and an empty picture in turn, so that both libraries are asked; now and then something else."""

    def __init__(self) -> None:
        self._pictures = cycle((CODE, BLANK))
        self._pause = threading.Event()
        self._once: list[Luma] = []

    def show_once(self, picture: Luma) -> None:
        self._once.append(picture)

    def next(self, timeout_s: float) -> Frame | None:
        assert timeout_s > 0
        self._pause.wait(0.005)
        picture = self._once.pop() if self._once else next(self._pictures)
        return Frame(picture, None, time.monotonic_ns(), "frame")

    def close(self) -> None:
        """Nothing is open."""


class EveryFrame(Ladder):
    """No ladder: every frame goes to the chain, so that both libraries are asked at every turn."""

    def __init__(self, chain: DecoderChain) -> None:
        super().__init__(chain.decoders, time.monotonic_ns)
        self.chain = chain

    def look(self, frame: Frame) -> Look:
        return Look(self.chain.decode(frame.main))

    def contradicted(self, frame: Frame, look: Look) -> bool:
        del frame, look
        return False


class Door:
    """A real controller with a strike on recorded pins, on a thread of its own."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.pins = RecordedPins()
        self.strike = GpioStrike(self.pins.factory, STRIKE, StrikeWiring())
        calls = Calls(SteppedClock())
        hands = Hands(self.strike, MemoryIndicator(calls), MemoryMark(calls), self._persist, print, print)
        settings = Settings(release_ns=int(RELEASE_S * 1e9), self_test_at_start=SelfTestAtStart.OFF)
        controller = Controller(AccessPoint(settings), self.inbox, SystemClock(), hands)
        self.worker = Worker("controller", partial(controller.run, "1.0"), lambda _: None)

    def _persist(self, persist: Persist) -> None:
        self.inbox.post(Recorded(persist.ticket))

    def let_out(self) -> None:
        """Somebody inside presses request to exit, but not while the strike is released, which would extend that."""
        if self.pins.now(STRIKE):
            return
        for active in (True, False):
            self.inbox.post(InputChanged(InputLine.REX, active, time.monotonic_ns()))

    def releases_s(self) -> list[float]:
        """How long each release lasted."""
        changes = [change for change in self.pins.changes if change.pin == STRIKE]
        rising = [index for index, change in enumerate(changes[:-1]) if change.level]
        return [(changes[index + 1].mono_ns - changes[index].mono_ns) / 1e9 for index in rising]

    def close(self) -> None:
        assert self.worker.stop(5)
        self.strike.close()
        self.pins.close()


@contextmanager
def at_work(body: Callable[[threading.Event, Callable[[], None]], None]) -> Iterator[Worker]:
    worker = Worker("reader", body, lambda _: None)
    worker.start()
    try:
        yield worker
    finally:
        assert worker.stop(5)
        assert worker.error is None


def bring_death(cause: str, mortals: list[Mortal], camera: Camera) -> None:
    """To both at once."""
    if cause == "OOM":
        camera.show_once(EAT)
        return
    for mortal in mortals:
        os.kill(mortal.process.pid, getattr(signal, f"SIG{cause}"))


WORDS = {"SEGV": "SIGSEGV", "ABRT": "SIGABRT", "STOP": "did not answer", "OOM": "out of memory"}


def test_deaths_are_over_within_two_seconds_and_the_door_does_not_notice() -> None:
    are_over_within_two_seconds(DEATHS)


def are_over_within_two_seconds(deaths: int) -> None:
    """So many, half of either library, and the door works all the time."""
    changed = threading.Condition()
    with ExitStack() as stack:
        mortals = [stack.enter_context(closing(Mortal(library, changed))) for library in LIBRARIES]
        for mortal in mortals:
            assert mortal.process.wait_until_ready(READY_S)
        door = stack.enter_context(closing(Door()))
        door.worker.start()
        camera, presented = Camera(), list[Presented]()
        reader = Reader(
            *(camera, EveryFrame(DecoderChain(*mortals)), FixedTrust(), SystemClock()),
            *(by_rules, presented.append, bytes(32)),
        )
        reading = stack.enter_context(at_work(reader.run))
        longest_s = 0.0
        for number in range(deaths // len(mortals)):
            cause = CAUSES[number % len(CAUSES)]
            door.let_out()
            bring_death(cause, mortals, camera)
            with changed:
                assert changed.wait_for(lambda: all(one.lives_again(number + 1) for one in mortals), 30), number  # noqa: B023  (it is over before the next)
            died_s = max(mortal.deaths[number][0] for mortal in mortals)  # the first waits while the second one hangs
            for mortal in mortals:
                assert WORDS[cause] in mortal.deaths[number][1]
                longest_s = max(longest_s, mortal.answered_s - died_s)
        assert reading.error is None
        assert not door.worker.ended_unasked
        assert [len(mortal.deaths) for mortal in mortals] == [deaths // 2] * 2
        assert longest_s <= RESTART_S
        assert len(presented) > deaths
    releases = door.releases_s()
    log.info("longest restart %.2f s; %d releases, longest %.3f s", longest_s, len(releases), max(releases))
    assert len(releases) >= deaths // 8
    assert min(releases) >= RELEASE_S - EARLY_S
    assert max(releases) <= RELEASE_S + LATE_S
