"""Parts that do a little wrong, to show that the account of lives notices."""

from __future__ import annotations

from dataclasses import dataclass, field

from gate.access.access_point import AccessPoint
from gate.access.effects import Effect, Held, Lease, Momentary, Persist, Release, Secure
from gate.access.events import AccessEvent, AccessResult, ModeChanged
from gate.access.modes import DoorMode
from gate.access.signals import Signal
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.credential.instant import Instant
from tests.lives.board import Board
from tests.lives.process import Makers

SECOND = 1_000_000_000


def pulses(strike: GpioStrike) -> GpioStrike:
    """A strike that clicks once when it is claimed, as a relay on a careless driver does."""
    if not strike.released:
        strike._line.on()
        strike._line.off()
    return strike


@dataclass(slots=True)
class BlinkingStrike:
    """A strike that lets go for no time at all whenever a held lease is renewed."""

    strike: GpioStrike

    @property
    def released(self) -> bool:
        return self.strike.released

    def release(self, lease: Lease) -> None:
        if isinstance(lease, Held) and self.strike.released:
            self.strike.secure()
        self.strike.release(lease)

    def secure(self) -> None:
        self.strike.secure()

    def rest(self) -> None:
        self.strike.rest()

    def close(self) -> None:
        self.strike.close()


@dataclass(slots=True)
class LongPoint:
    """A core that gives every visitor a second more than it records."""

    point: AccessPoint
    _late: list[int] = field(default_factory=list)
    """When what was to be secured will be."""

    def deadline_ns(self, now_ns: int) -> int | None:
        wanted_ns = self.point.deadline_ns(now_ns)
        return min([*self._late, *([] if wanted_ns is None else [wanted_ns])], default=None)

    def handle(self, signal: Signal, now: Instant) -> tuple[Effect, ...]:
        effects: list[Effect] = []
        for effect in self.point.handle(signal, now):
            match effect:
                case Release(Momentary(deadline_ns)):
                    effects.append(Release(Momentary(deadline_ns + SECOND)))
                    self._late = []
                case Secure():
                    self._late = [now.mono_ns + SECOND]
                case _:
                    effects.append(effect)
        if self._late and now.mono_ns >= self._late[0]:
            self._late = []
            effects.append(Secure())
        return tuple(effects)


@dataclass(slots=True)
class DeafPoint:
    """A core to which a lockdown says nothing; it records it, though."""

    point: AccessPoint

    def deadline_ns(self, now_ns: int) -> int | None:
        return self.point.deadline_ns(now_ns)

    def handle(self, signal: Signal, now: Instant) -> tuple[Effect, ...]:
        effects = self.point.handle(signal, now)
        locks = any(_mode(effect) is DoorMode.LOCKED_DOWN for effect in effects)
        return tuple(effect for effect in effects if not (locks and isinstance(effect, Secure)))


def _mode(effect: Effect) -> DoorMode | None:
    return effect.event.mode if isinstance(effect, Persist) and isinstance(effect.event, ModeChanged) else None


def _is_grant(persist: Persist) -> bool:
    return isinstance(persist.event, AccessEvent) and persist.event.result is AccessResult.GRANTED


def _nothing(_: Board) -> int:
    return 0


BROKEN: dict[str, tuple[Makers, str]] = {
    "a strike that pulses at the start": (Makers(strike=pulses), r"released at 0\.000 ms for no reason"),
    "a strike that blinks while it is held": (Makers(strike=BlinkingStrike), "(secured|released) at .* for no reason"),
    "a release one second too long": (Makers(point=LongPoint), "explained by nothing|for no reason"),
    "a lockdown that secures nothing": (Makers(point=DeafPoint), "explained by nothing|for no reason"),
    "a release without a record": (
        Makers(keeps=lambda persist: not _is_grant(persist)),
        "released at .* for no reason",
    ),
    "a mode that frees before it is recorded": (Makers(waits=False), "a record that is not there|for no reason"),
    "a kill after which nothing is secured": (Makers(secure_lines=_nothing), r"after the end \(.*\) the line was"),
}
"""What is broken, and what the account says of it."""
