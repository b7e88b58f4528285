"""The reader: frame -> symbols -> verdict -> ``Presented``.

Decoding and verifying happen here, on the reader's thread, never on the controller's.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from gate.access.signals import Presented
from gate.credential.instant import Instant
from gate.credential.model import PassFacts, Rejected, RejectReason, Verdict
from gate.credential.trust import Trust
from gate.credential.verify import verify
from gate.policy.status import Judged
from gate.ports import AdapterError, Clock, Frame, FrameSource, Symbol, SymbolDecoder, TrustSource
from gate.service.threads import Beat

log = logging.getLogger(__name__)

FRAME_WAIT_S = 0.2
RETRY_S = 2.0
"""How long to leave a camera alone that gave an error; a failing decoder is asked again at the next frame."""


def judge(symbols: tuple[Symbol, ...], trust: Trust, now: Instant) -> Verdict:
    """The verdict on all symbols of one frame; there is at least one. Equal symbols count once."""
    distinct = {(symbol.data, symbol.part) for symbol in symbols}
    if all(part for _, part in distinct):
        return Rejected(RejectReason.UNREADABLE, "a part of a code that is split over several symbols")
    if len(distinct) > 1:
        return Rejected(RejectReason.SEVERAL_CODES, f"{len(distinct)} codes in one frame; one at a time")
    ((data, _),) = distinct
    return verify(data, trust, now)


def without_facts(verdict: Verdict) -> Verdict:
    """The same without what a health certificate states: once the rules have looked at it, nobody needs it."""
    if isinstance(verdict, Rejected) or isinstance(verdict.facts, PassFacts):
        return verdict
    return replace(verdict, facts=type(verdict.facts)())


@dataclass(slots=True)
class Reader:
    """Reads one camera. ``seen`` is told every frame with its symbols, for the workbench and for counting."""

    frames: FrameSource
    decoder: SymbolDecoder
    trust: TrustSource
    clock: Clock
    judged: Callable[[Verdict, Instant], Judged]
    """What the rules in force say of a verdict."""
    offer: Callable[[Presented], None]
    code_key: bytes
    """A secret of this run: what leaves the reader about a symbol's text is a digest under it."""
    seen: Callable[[Frame, tuple[Symbol, ...]], None] | None = None

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Read until stopped. A camera or decoder that fails is told once and retried for ever, without stopping."""
        told = ""
        while not stop.is_set():
            beat()
            self.trust.refresh()
            lacking = "no frames"
            try:
                frame = self.frames.next(FRAME_WAIT_S)
                if frame is not None:
                    lacking = "no codes"
                    self._read(frame)
                    told = ""
            except AdapterError as error:
                if told != lacking:
                    log.error("%s: %s", lacking, error)  # noqa: TRY400  (the trace says nothing to an administrator)
                told = lacking
                if lacking == "no frames":
                    stop.wait(RETRY_S)

    def _read(self, frame: Frame) -> None:
        symbols = self.decoder.decode(frame.main)
        if symbols:
            self.offer(self._presented(frame, symbols))
        if self.seen is not None:
            self.seen(frame, symbols)

    def _presented(self, frame: Frame, symbols: tuple[Symbol, ...]) -> Presented:
        trust, now = self.trust.current(), self.clock.now()
        verdict = judge(symbols, trust, now)
        by_rules = self.judged(verdict, now)
        decoded_ns = self.clock.now().mono_ns
        code = self._digest(symbols)
        return Presented(without_facts(verdict), code, trust.stamp, frame.captured_ns, decoded_ns, by_rules)

    def _digest(self, symbols: tuple[Symbol, ...]) -> bytes:
        digest = hashlib.blake2b(key=self.code_key, digest_size=16)
        for data in sorted({symbol.data for symbol in symbols}):
            digest.update(len(data).to_bytes(4, "big") + data)
        return digest.digest()
