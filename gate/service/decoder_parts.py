"""From the configuration to the decoders: which library, in which process, and how they stand together."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import TypeVar

from gate.access.devices import Device
from gate.access.settings import SECOND_NS
from gate.access.signals import DeviceChanged
from gate.adapters.decoder_process.parent import DecoderProcess
from gate.ports import AdapterError, Clock, SymbolDecoder
from gate.service.config_schema import DecoderConfig, DecoderMode
from gate.service.decoding import DecoderChain
from gate.service.quarantine import Quarantined, Terms

log = logging.getLogger(__name__)
T = TypeVar("T")

READY_WAIT_S = 5.0
"""How long the start waits for the children; one that takes longer is asked as soon as it is ready."""
CHILD = "gate.service.decoder_child"
_DEVICES = {"zxing": Device.DECODER_ZXING, "zbar": Device.DECODER_ZBAR}


class Decoders:
    """The wanted decoders: zxing-cpp first, zbar as second opinion. Children start when this is made."""

    def __init__(self, config: DecoderConfig) -> None:
        self._config = config
        self._problems: list[str] = []
        self._made: list[SymbolDecoder] = []
        names = {DecoderMode.ZXING: ["zxing"], DecoderMode.ZBAR: ["zbar"]}.get(config.mode, ["zxing", "zbar"])
        for name in names:
            self._made += self._tried(_child if config.process else _here, name)

    def chain(self, clock: Clock, tell: Callable[[DeviceChanged], None]) -> DecoderChain:
        """All that can be used, as one; in ``auto``, one that is missing is done without.

        Raises ``AdapterError`` when none is left.  ``tell`` is called on the thread that decodes.
        """
        usable = [ready for one in self._made for ready in self._tried(_waited_for, one)]
        if not usable:
            raise AdapterError(" ".join(self._problems))
        for problem in self._problems:
            log.warning("going on with %s alone: %s", usable[0].name, problem)
        return DecoderChain(*(self._guarded(one, clock, tell) for one in usable))

    @property
    def lacking(self) -> tuple[str, ...]:
        """What their confinement lacks on this machine, in words; for when they have decoded."""
        found = {one.lacks for one in self._made if isinstance(one, DecoderProcess) and one.lacks}
        return tuple(sorted(found))

    def close(self) -> None:
        """Close them all, also those that could not be used."""
        for one in self._made:
            one.close()

    def _tried(self, make: Callable[[T], SymbolDecoder], of: T) -> list[SymbolDecoder]:
        """What is made, or nothing and one problem more."""
        try:
            return [make(of)]
        except AdapterError as error:
            self._problems.append(str(error))
            return []

    def _guarded(self, one: SymbolDecoder, clock: Clock, tell: Callable[[DeviceChanged], None]) -> SymbolDecoder:
        chosen = self._config
        within_ns, rest_ns = round(chosen.deaths_within_s * SECOND_NS), round(chosen.quarantine_s * SECOND_NS)
        return Quarantined(one, _DEVICES[one.name], Terms(chosen.deaths, within_ns, rest_ns), clock, tell)


def _child(name: str) -> SymbolDecoder:
    """In a process of its own; ``-I`` keeps the environment and the working folder out of what it loads."""
    return DecoderProcess(name, [sys.executable, "-I", "-m", CHILD, name])


def _waited_for(decoder: SymbolDecoder) -> SymbolDecoder:
    if isinstance(decoder, DecoderProcess):
        decoder.wait_until_ready(READY_WAIT_S)
    return decoder


def _here(name: str) -> SymbolDecoder:
    return {"zxing": _zxing, "zbar": _zbar}[name]()


def _zxing() -> SymbolDecoder:
    from gate.adapters.decoder_zxing import ZxingDecoder  # noqa: PLC0415  (loads its library only when wanted)

    return ZxingDecoder()


def _zbar() -> SymbolDecoder:
    from gate.adapters.decoder_zbar import ZbarDecoder  # noqa: PLC0415  (loads its library only when wanted)

    return ZbarDecoder()
