"""A decoder that dies too often is left alone for a while, and then gets one trial.

A hostile picture is never seen twice the same, so it cannot be remembered; only the deaths can be counted.  ``Health``
decides and knows no clock; ``Quarantined`` stands around the decoder and tells when it is given up or works again.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from gate.access.devices import Device
from gate.access.signals import DeviceChanged
from gate.ports import AdapterError, Clock, DecoderDied, Luma, Symbol, SymbolDecoder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """So many deaths within such a time bring a decoder into quarantine, for so long. Durations in ns."""

    deaths: int
    within_ns: int
    rest_ns: int


@enum.unique
class Phase(enum.StrEnum):
    """How far a decoder is trusted."""

    TRUSTED = "trusted"
    QUARANTINE = "quarantine"
    TRIAL = "trial"
    """It is asked again, and its next death brings it back into quarantine."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one decoder. Times are monotonic ns."""

    phase: Phase = Phase.TRUSTED
    since_ns: int = 0
    deaths_ns: tuple[int, ...] = ()
    """The newest deaths while it is trusted, fewer than bring it into quarantine."""

    def died(self, now_ns: int, terms: Terms) -> Health:
        """It has died once more."""
        recent = (*(one for one in self.deaths_ns if now_ns - one < terms.within_ns), now_ns)
        if self.phase is Phase.TRIAL or len(recent) >= terms.deaths:
            return Health(Phase.QUARANTINE, now_ns)
        return replace(self, deaths_ns=recent)

    def asked(self, now_ns: int, terms: Terms) -> Health:
        """Somebody wants to ask it: when the quarantine is over, its trial begins."""
        if self.phase is Phase.QUARANTINE and now_ns - self.since_ns >= terms.rest_ns:
            return Health(Phase.TRIAL, now_ns)
        return self

    def answered(self, now_ns: int, terms: Terms) -> Health:
        """It has answered; a trial is passed when it lives as long as deaths are counted together."""
        if self.phase is Phase.TRIAL and now_ns - self.since_ns >= terms.within_ns:
            return Health(Phase.TRUSTED, now_ns)
        return self


class Quarantined:
    """A decoder that is asked as long as its deaths allow; ``tell`` is called on the thread that decodes."""

    def __init__(
        self, decoder: SymbolDecoder, device: Device, terms: Terms, clock: Clock, tell: Callable[[DeviceChanged], None]
    ) -> None:
        self._decoder = decoder
        self._device = device
        self._terms = terms
        self._clock = clock
        self._tell = tell
        self.health = Health()

    @property
    def name(self) -> str:
        return self._decoder.name

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        """As ``SymbolDecoder`` says; ``AdapterError`` also while it is in quarantine."""
        if self.health.phase is Phase.TRUSTED:
            return self._decoded(luma)
        self.health = self.health.asked(self._now_ns(), self._terms)
        if self.health.phase is Phase.QUARANTINE:
            raise AdapterError(f"the {self.name} decoder is in quarantine, because it died too often")
        symbols = self._decoded(luma)
        self._become(self.health.answered(self._now_ns(), self._terms))
        return symbols

    def close(self) -> None:
        self._decoder.close()

    def _decoded(self, luma: Luma) -> tuple[Symbol, ...]:
        try:
            return self._decoder.decode(luma)
        except DecoderDied:
            self._become(self.health.died(self._now_ns(), self._terms))
            raise

    def _become(self, health: Health) -> None:
        before, self.health = self.health.phase, health
        if before is Phase.TRUSTED and health.phase is Phase.QUARANTINE:
            log.error("the %s decoder has died too often: it is left alone for a while", self.name)
            self._tell(DeviceChanged(self._device, working=False))
        elif before is Phase.TRIAL and health.phase is Phase.TRUSTED:
            log.info("the %s decoder works again", self.name)
            self._tell(DeviceChanged(self._device, working=True))

    def _now_ns(self) -> int:
        return self._clock.now().mono_ns
