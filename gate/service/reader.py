"""The reader: frame -> ladder -> symbols -> whole cards -> verdict -> ``Presented``.

Decoding and verifying happen here, on the reader's thread, never on the controller's.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gate.access.signals import Presented
from gate.credential.instant import Instant
from gate.credential.model import PassFacts, Rejected, RejectReason, Verdict
from gate.credential.trust import Trust
from gate.credential.verify import verify
from gate.policy.status import Judged
from gate.ports import AdapterError, Clock, Frame, FrameSource, Symbol, TrustSource
from gate.service.card_chunks import CardChunks, Shown, Waiting
from gate.service.spells import Spells
from gate.service.threads import Beat
from gate.service.vision.ladder import Ladder
from gate.service.vision.look import Look
from gate.service.vision.presence import Presence

log = logging.getLogger(__name__)

FRAME_WAIT_S = 0.2
RETRY_S = 2.0
"""How long to leave a camera alone that gave an error; a failing decoder is asked again at the next frame."""
CANNOT_BE_READ = Rejected(RejectReason.UNREADABLE, "a code that cannot be read: too far away, too dark, or damaged")
_NOT_OF_ONE_CODE = frozenset({RejectReason.UNREADABLE, RejectReason.SEVERAL_CODES})


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
    """The same without what tells of health: once the rules have looked at it, nobody needs it."""
    if isinstance(verdict, Rejected):
        return verdict
    if isinstance(verdict.facts, PassFacts):
        return replace(verdict, facts=replace(verdict.facts, notice=None)) if verdict.facts.notice else verdict
    return replace(verdict, facts=type(verdict.facts)(), document=None)


@dataclass(slots=True)
class Reader:
    """Reads one camera. ``seen`` is told every frame with its symbols, for the workbench and for counting.

    A code that the policy might let in is verified by its signature. One that is rejected may have been misread, so
    another decoder is asked first: where it reads something else, nothing is decided, and that is counted.
    """

    frames: FrameSource
    ladder: Ladder
    trust: TrustSource
    clock: Clock
    judged: Callable[[Verdict, Instant], Judged]
    """What the rules in force say of a verdict."""
    offer: Callable[[Presented], object]
    code_key: bytes
    """A secret of this run: what leaves the reader about a symbol's text is a digest under it."""
    seen: Callable[[Frame, tuple[Symbol, ...]], None] | None = None
    disagreements: int = 0
    """Frames in which decoders read different bytes from one code."""
    _chunks: CardChunks = field(default_factory=CardChunks)
    _doubts: Presence = field(default_factory=Presence)
    _spells: Spells = field(default_factory=Spells)

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
                    if self._read(frame) or told == "no frames":
                        told = ""
            except AdapterError as error:
                if told != lacking:
                    log.error("%s: %s", lacking, error)  # noqa: TRY400  (the trace says nothing to an administrator)
                told = lacking
                if lacking == "no frames":
                    stop.wait(RETRY_S)

    def _read(self, frame: Frame) -> bool:
        """Whether a decoder was asked, and answered: a frame like the ones before is not looked at."""
        look = self.ladder.look(frame)
        self._tell(look)
        shown = self._chunks.shown(look.symbols, frame.captured_ns)
        if shown or look.unreadable:
            self._decide(frame, look, shown, self.trust.current())
        if self.seen is not None:
            self.seen(frame, look.symbols)
        return bool(look.attempts)

    def _decide(self, frame: Frame, look: Look, shown: Shown, trust: Trust) -> None:
        now = self.clock.now()
        verdict = self._verdict(frame, look, shown, trust, now)
        if verdict is not None:
            by_rules = self.judged(verdict, now)
            decoded_ns = self.clock.now().mono_ns
            code = self._digest(look.symbols if isinstance(shown, Waiting) else shown)
            self.offer(Presented(without_facts(verdict), code, trust.stamp, frame.captured_ns, decoded_ns, by_rules))

    def _verdict(self, frame: Frame, look: Look, shown: Shown, trust: Trust, now: Instant) -> Verdict | None:
        """None where there is nothing to decide yet."""
        if isinstance(shown, Waiting):
            return shown.verdict if shown.late else None
        if not shown:
            return CANNOT_BE_READ
        verdict = judge(shown, trust, now)
        doubted = self._doubted(frame, look, verdict)
        lasting = self._doubts.told(frame.captured_ns, seen=doubted, read=not doubted)
        if not doubted:
            return verdict
        return CANNOT_BE_READ if lasting else None

    def _doubted(self, frame: Frame, look: Look, verdict: Verdict) -> bool:
        """Whether the code was rejected, and another decoder reads something else there."""
        if not isinstance(verdict, Rejected) or verdict.reason in _NOT_OF_ONE_CODE:
            return False
        if not self.ladder.contradicted(frame, look):
            return False
        self.disagreements += 1
        if self.disagreements == 1:
            log.warning("two decoders read different bytes from one code; it is not decided on")
        return True

    def _tell(self, look: Look) -> None:
        """Log that a decoder has failed while another one goes on."""
        for attempt in look.attempts:
            times = self._spells.told(attempt.decoder, failing=bool(attempt.failure))
            if times:
                log.error("going on without a decoder: %s (failure %d of this run)", attempt.failure, times)

    def _digest(self, symbols: tuple[Symbol, ...]) -> bytes:
        digest = hashlib.blake2b(key=self.code_key, digest_size=16)
        for data in sorted({symbol.data for symbol in symbols}):
            digest.update(len(data).to_bytes(4, "big") + data)
        return digest.digest()
