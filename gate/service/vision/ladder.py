"""The ladder: from a frame to its symbols, with one cheap look and at most one costly attempt.

Rules: a frame like the last ones is not looked at, once every rung was tried; a whole code that is read ends the climb;
a part, or a code that cannot be read, does not; costly attempts may take a share of the time and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gate.ports import Frame, Luma, Symbol, SymbolDecoder
from gate.service.vision.change import ChangeGate
from gate.service.vision.crew import Crew
from gate.service.vision.finders import code_like, finders, is_wall
from gate.service.vision.look import Attempt, Look, agreed, around, same_place, whole_codes
from gate.service.vision.presence import Presence
from gate.service.vision.regions import Region, as_busy, busy, whole
from gate.service.vision.rungs import SLOW, Rung, Step, placed, steps

MS = 1_000_000
IDLE_LOOK_NS = 1000 * MS
"""How often a picture that does not change is looked at all the same."""
STAY_NS = 1000 * MS
"""How long every frame is looked at after a code was last seen, read or not."""
AGAIN_NS = 250 * MS
"""How often the costly step that saw a code last is tried again while it stays, and others asked about a part."""
SHARE = 0.5
"""The share of the time that costly attempts may take."""
SAVED_NS = 500 * MS
"""The most time that is saved up for them."""
REGIONS = 2
PROMISING = 18.0
"""So busy is what may be a code: drawn codes are at 36 or more, rooms and people out of focus at 15 or less."""
UNPROMISING_EVERY = 6
"""While something moves that does not look like a code, every so many frames get a costly attempt all the same."""
SMALL_FRAME_PX = 160_000
"""A frame of so few pixels (about 460 x 340) is looked at as it is: half of it would show too little."""


@dataclass(slots=True)
class _Climb:
    """Where the ladder stands. Times are those of the frames."""

    next_step: int = 0
    left: int = 0
    """Attempts until every rung was tried on a picture that does not change."""
    stay_until_ns: int = 0
    looked_ns: int = -IDLE_LOOK_NS
    saved_ns: int = SAVED_NS
    frame_ns: int | None = None
    favourite: Step | None = None
    """The costly step that saw the code last."""
    favourite_ns: int = 0
    finders_ns: int = -AGAIN_NS
    """When finder patterns were looked for last."""
    parts_ns: int = -AGAIN_NS
    """When the others were asked about a part last."""
    best_next: bool = False
    """While something moves, every other attempt is the one that reads most; the others take turns between."""
    unpromising: int = -1
    """Counts frames in which nothing that moves looks like a code."""
    known: frozenset[bytes] = frozenset()
    """What was read last, while it stays."""
    vouched: frozenset[bytes] = frozenset()
    """What no decoder contradicted, while it stays."""


class Ladder:
    """Of one camera; for one thread. Closing it closes the decoders."""

    def __init__(self, decoders: Sequence[SymbolDecoder], clock_ns: Callable[[], int]) -> None:
        """``clock_ns`` only ever goes forward; it measures what attempts cost."""
        self._crew = Crew(tuple(decoders), clock_ns)
        self._steps = steps(len(decoders))
        self.forget()

    @property
    def name(self) -> str:
        return "+".join(decoder.name for decoder in self._crew.decoders)

    @property
    def through(self) -> bool:
        """Whether every rung was tried since the picture changed last."""
        return self._climb.left == 0

    def forget(self) -> None:
        """Begin again, as if no frame had been seen."""
        self._gate, self._presence, self._climb = ChangeGate(), Presence(), _Climb()

    def close(self) -> None:
        """Close the decoders, whatever one of them does."""
        self._crew.close()

    def look(self, frame: Frame) -> Look:
        """Look at a frame. Raises ``AdapterError`` when no decoder works."""
        changed = self._gate.changed(frame.main)
        self._save(frame.captured_ns)
        if changed is not None:
            self._climb.left = len(self._steps)
        elif not self._is_open(frame.captured_ns):
            return Look()
        self._climb.looked_ns = frame.captured_ns
        half = self._half(frame)
        cheap = self._cheap(frame, half)
        costly = self._costly(frame, half, cheap, changed)
        attempts = (cheap,) if costly is None else (cheap, costly)
        seen = any(attempt.symbols for attempt in attempts) or self._shows_finders(frame, half)
        return self._concluded(frame, changed, attempts, seen=seen)

    def contradicted(self, frame: Frame, look: Look) -> bool:
        """Whether another decoder reads other bytes where this look at this frame read a code.

        Only text is compared: decoders differ in what they make of other bytes. A code that was not contradicted is
        not asked about again while it stays.
        """
        symbol = whole_codes(look.symbols)[0]
        if not symbol.data.isascii() or symbol.data in self._climb.vouched:
            return False
        read_by = {attempt.decoder for attempt in look.attempts if attempt.symbols}
        for place, decoder in enumerate(self._crew.decoders):
            if decoder.name not in read_by and self._reads_otherwise(place, frame, symbol):
                return True
        self._climb.vouched |= {symbol.data}
        return False

    def _reads_otherwise(self, place: int, frame: Frame, symbol: Symbol) -> bool:
        region = around(symbol, frame.main)
        if is_wall(finders(region.of(frame.main))):
            return False
        attempt = self._crew.ask(place, Rung.PLAIN, frame, region)
        self._climb.saved_ns -= attempt.took_ns
        return any(other.data != symbol.data and same_place(other, symbol) for other in whole_codes(attempt.symbols))

    # When to look.

    def _is_open(self, now_ns: int) -> bool:
        climb = self._climb
        return climb.left > 0 or now_ns < climb.stay_until_ns or now_ns - climb.looked_ns >= IDLE_LOOK_NS

    def _save(self, now_ns: int) -> None:
        """Time that passes may be spent, in part."""
        climb = self._climb
        if climb.frame_ns is not None:
            climb.saved_ns = min(SAVED_NS, climb.saved_ns + int((now_ns - climb.frame_ns) * SHARE))
        climb.frame_ns = now_ns

    # What to try.

    def _half(self, frame: Frame) -> Luma:
        half = frame.lores
        if half is not None and half.shape == (frame.main.shape[0] // 2, frame.main.shape[1] // 2):
            return half
        return self._crew.pixels.half(frame.main)

    def _cheap(self, frame: Frame, half: Luma) -> Attempt:
        """The leading decoder on half of the picture; a small picture is not made smaller."""
        lead, everything = self._crew.lead(frame.captured_ns), whole(frame.main)
        if frame.main.size <= SMALL_FRAME_PX:
            return self._crew.ask(lead, Rung.PLAIN, frame, everything)
        return self._crew.ask(lead, Rung.HALF, frame, everything, half)

    def _costly(self, frame: Frame, half: Luma, cheap: Attempt, changed: Region | None) -> Attempt | None:
        """The one costly attempt that this frame is worth, if any."""
        if whole_codes(cheap.symbols):
            return self._beside(frame, half, cheap)
        if self._climb.saved_ns <= 0:
            return None
        if (part := self._part_to_ask_about(frame, cheap)) is not None:
            return self._try(frame, Step(Rung.PLAIN, 1, 0), [around(part, frame.main)])
        step = self._next_step(frame, changed)
        if step is None:
            return None
        regions = self._regions(frame, half, cheap, changed)
        if changed is not None and not self._promising(regions, cheap):
            return None
        chosen = self._possible(step, frame, regions)
        return None if chosen is None else self._try(frame, chosen, regions)

    def _beside(self, frame: Frame, half: Luma, cheap: Attempt) -> Attempt | None:
        """A code that was just read may not be alone: look closer, once, at what is as busy as it is."""
        read = whole_codes(cheap.symbols)
        if {symbol.data for symbol in read} <= self._climb.known:
            return None
        unread = [around(symbol, frame.main) for symbol in cheap.symbols if symbol.unread]
        other = unread[0] if unread else as_busy(half, [around(symbol) for symbol in read])
        return None if other is None else self._try(frame, Step(Rung.PLAIN, 0, 0), [other])

    def _part_to_ask_about(self, frame: Frame, cheap: Attempt) -> Symbol | None:
        """What the leading decoder takes for a part, where another one is to be asked about it now."""
        lead = self._crew.lead(frame.captured_ns)
        parts = [symbol for symbol in cheap.symbols if not symbol.unread]
        asked_lately = frame.captured_ns - self._climb.parts_ns < AGAIN_NS
        if not parts or asked_lately or not self._crew.others(frame.captured_ns, than=lead):
            return None
        self._climb.parts_ns = frame.captured_ns
        return parts[0]

    def _next_step(self, frame: Frame, changed: Region | None) -> Step | None:
        climb = self._climb
        if climb.favourite is not None and frame.captured_ns - climb.favourite_ns >= AGAIN_NS:
            climb.favourite_ns = frame.captured_ns
            return climb.favourite
        if changed is not None:
            climb.best_next = not climb.best_next
            if climb.best_next:
                return self._steps[0]
        return None if climb.left == 0 and changed is None else self._steps[climb.next_step]

    def _promising(self, regions: Sequence[Region], cheap: Attempt) -> bool:
        """Whether what moves looks like a code, or it is time to try all the same."""
        climb = self._climb
        climb.unpromising = (climb.unpromising + 1) % UNPROMISING_EVERY
        looks_like_one = any(region.busyness >= PROMISING for region in regions)
        return looks_like_one or bool(cheap.symbols) or climb.unpromising == 0

    def _possible(self, step: Step, frame: Frame, regions: Sequence[Region]) -> Step | None:
        """This step out of turn, or the first in turn that can be made; None when the climb ends before that."""
        climb = self._climb
        if step is not self._steps[climb.next_step] and self._can(step, frame, regions):
            return step
        for _ in self._steps:
            step = self._steps[climb.next_step]
            climb.next_step = (climb.next_step + 1) % len(self._steps)
            climb.left = max(0, climb.left - 1)
            if self._can(step, frame, regions):
                return step
            if climb.left == 0:
                return None
        return None

    def _can(self, step: Step, frame: Frame, regions: Sequence[Region]) -> bool:
        """Whether there is such a region, and somebody to ask."""
        place = self._asked(step, frame)
        return place is not None and placed(step, frame.main, regions, slow=self._is_slow(place)) is not None

    def _is_slow(self, place: int) -> bool:
        return self._crew.decoders[place].name in SLOW

    def _asked(self, step: Step, frame: Frame) -> int | None:
        lead = self._crew.lead(frame.captured_ns)
        asked = (lead, *self._crew.others(frame.captured_ns, than=lead))
        return asked[step.decoder] if step.decoder < len(asked) else None

    def _regions(self, frame: Frame, half: Luma, cheap: Attempt, changed: Region | None) -> Sequence[Region]:
        """Where to look closer: at what the cheap look saw, then at what is busy and has changed."""
        seen = [around(symbol, frame.main) for symbol in cheap.symbols]
        found = list(busy(half, REGIONS))
        if changed is not None:
            found.sort(key=lambda region: not region.meets(changed))
        return [*seen, *found][:REGIONS]

    def _try(self, frame: Frame, step: Step, regions: Sequence[Region]) -> Attempt | None:
        """Make the attempt; none where it would be a trap."""
        place = self._asked(step, frame)
        assert place is not None  # noqa: S101  (every caller has just seen it)
        slow = self._is_slow(place)
        region = placed(step, frame.main, regions, slow=slow)
        assert region is not None  # noqa: S101  (likewise)
        if slow and is_wall(finders(region.of(frame.main))):
            return None  # zbar's time grows with the cube of their number
        attempt = self._crew.ask(place, step.rung, frame, region)
        self._climb.saved_ns -= attempt.took_ns
        if attempt.symbols:
            self._climb.favourite, self._climb.favourite_ns = step, frame.captured_ns
        return attempt

    # What it means.

    def _shows_finders(self, frame: Frame, half: Luma) -> bool:
        """Whether what is busy has the finder patterns of a code, although no decoder noticed one."""
        climb = self._climb
        if frame.captured_ns - climb.finders_ns < AGAIN_NS:
            return False
        regions = [region for region in busy(half, 1) if region.busyness >= PROMISING]
        if not regions:
            return False
        climb.finders_ns = frame.captured_ns
        return code_like(finders(regions[0].of(frame.main)))

    def _concluded(self, frame: Frame, changed: Region | None, attempts: tuple[Attempt, ...], *, seen: bool) -> Look:
        symbols, climb = agreed(attempts), self._climb
        read = whole_codes(symbols)
        if read:
            climb.left, climb.known = 0, frozenset(symbol.data for symbol in read)
        if seen:
            climb.stay_until_ns = frame.captured_ns + STAY_NS
        elif frame.captured_ns >= climb.stay_until_ns:
            climb.favourite, climb.known, climb.vouched = None, frozenset(), frozenset()
        unreadable = self._presence.told(frame.captured_ns, seen=seen, read=bool(symbols))
        return Look(symbols, unreadable, changed, attempts)
