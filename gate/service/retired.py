"""The service of a retired gate: its door stands open, and every opening is counted; nobody is looked at.

The core is the same, so that the strike, the lamps, the emergency loop and request-to-exit behave as ever; what it
wants recorded is acknowledged and forgotten.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from gate import __version__
from gate.access.access_point import AccessPoint
from gate.access.effects import Answer, Persist, Share
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.signals import InputChanged, Recorded
from gate.adapters.clock_system import SystemClock
from gate.adapters.notify_systemd import SystemdNotifier
from gate.ports import AdapterError, Frame
from gate.service import parts, retirement
from gate.service.config_schema import Config
from gate.service.controller import Controller, Hands
from gate.service.core_settings import settings_of
from gate.service.inbox import Inbox
from gate.service.opening import Opening
from gate.service.supervisor import Pace, Supervisor, stop_on_signals
from gate.service.threads import Worker, let_process_live

log = logging.getLogger(__name__)

KEEP_EVERY = 300
"""Looks of the main thread (0.2 s each) between two writings of the count."""


class NoCamera:
    """``FrameSource`` that nobody asks."""

    def next(self, timeout_s: float) -> Frame | None:  # noqa: ARG002  (a protocol's)
        return None

    def close(self) -> None:
        """Nothing was opened."""


class Counter:
    """Counts openings on the driver's thread; written on the main thread."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._count = retirement.count_of(config)
        self._kept = self._count
        self._looks = 0

    def sensed(self, change: InputChanged) -> None:
        """The door was opened, or something else happened."""
        if change.line is InputLine.DOOR_MONITOR and change.active and not change.initial:
            self._count = replace(self._count, openings=self._count.openings + 1)

    def look(self) -> None:
        """Now and then keep the count."""
        self._looks += 1
        if self._looks % KEEP_EVERY == 0:
            self.keep()

    def keep(self) -> None:
        """Write it, if it has changed. A disk that fails costs the count, never the door."""
        if self._count != self._kept:
            try:
                retirement.store(self._config, self._count)
            except AdapterError as error:
                log.warning("the count of openings is not kept: %s", error)
            self._kept = self._count

    @property
    def text(self) -> str:
        """For whoever looks after the unit."""
        return f"retired since {self._count.since}: the door stands open; opened {self._count.openings} times"


def run_retired(config: Config) -> int:
    """Wipe what is left, then hold the door open until told to stop; the exit code. Raises ``StartError``."""
    retirement.wipe(config)
    opening = Opening()
    try:
        return _run(config, opening)
    finally:
        opening.close()
        let_process_live()


def _run(config: Config, opening: Opening) -> int:
    clock, inbox, counter = SystemClock(), Inbox(), Counter(config)
    settings = settings_of(config)
    bench = parts.bench_of(config, clock)
    socket = config.bench.socket
    server = opening.closing(lambda: bench.listen(socket)) if socket else None
    standing = parts.mark_of(config).is_set()
    door = parts.hardware_of(config, settings, opening, bench, standing=standing, camera=NoCamera())
    opening.check()
    strike = parts.watched(door.strike, settings)
    notifier = SystemdNotifier.from_environment()
    pace = Pace(look_s=min(1.0, notifier.watchdog_interval_s or 1.0))

    def look() -> None:
        strike.look()
        counter.look()

    supervisor = Supervisor(notifier, lambda: counter.text, pace, look)

    def recorded(persist: Persist) -> None:
        inbox.post(Recorded(persist.ticket))

    def sensed(change: InputChanged) -> None:
        counter.sensed(change)
        inbox.post(change)

    hands = Hands(strike, door.indicator, parts.mark_of(config), recorded, _forget, _forget)
    bench.connect(inbox.post, door.frames)
    door.inputs.listen(sensed)
    point = AccessPoint(settings, Memory(mode=DoorMode.UNLOCKED, emergency=standing, retired=True))
    controller = Controller(point, inbox, clock, hands)
    bodies = [("workbench", server.run if server else None), ("controller", partial(controller.run, __version__))]
    stop_on_signals(supervisor)
    log.info("gate %s: %s", __version__, counter.text)
    try:
        return supervisor.run([Worker(name, body, supervisor.ended) for name, body in bodies if body])
    finally:
        counter.keep()


def _forget(_: Answer | Share) -> None:
    """Nobody has asked, and nobody listens."""
