"""What looking at a frame gave: the attempts that were made, and what their answers mean together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gate.ports import Luma, Symbol
from gate.service.vision.regions import Region
from gate.service.vision.rungs import Rung


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one decoder was shown, and what it saw. Times are in nanoseconds of the ladder's clock."""

    rung: Rung
    decoder: str
    region: Region
    symbols: tuple[Symbol, ...]
    took_ns: int
    failure: str = ""
    """Why the decoder gave no answer; empty when it did."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a frame gave; no attempt was made where the change gate was shut."""

    symbols: tuple[Symbol, ...] = ()
    """What was read, parts of a sequence too."""
    unreadable: bool = False
    """A code has been there for a while, and could not be read."""
    changed: Region | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def read(self) -> bool:
        """Whether a whole code was read."""
        return bool(whole_codes(self.symbols))


def whole_codes(symbols: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """Those that are no part and were read."""
    return tuple(symbol for symbol in symbols if not symbol.part)


def agreed(attempts: Sequence[Attempt]) -> tuple[Symbol, ...]:
    """What was read of the frame, each place once.

    Attempts that saw only parts are passed over where another one saw a whole code.
    """
    answers = [[symbol for symbol in attempt.symbols if not symbol.unread] for attempt in attempts]
    with_whole = [symbols for symbols in answers if whole_codes(symbols)]
    kept: list[Symbol] = []
    for index, symbols in enumerate(with_whole or answers):
        kept += [symbol for symbol in symbols if index == 0 or not any(same_place(symbol, other) for other in kept)]
    return tuple(kept)


def same_place(one: Symbol, other: Symbol) -> bool:
    """Whether both were found in the same part of the picture."""
    return one.corners == other.corners or around(other).holds(*centre(one))


def centre(symbol: Symbol) -> tuple[float, float]:
    """The middle of its corners."""
    xs, ys = _coordinates(symbol)
    return sum(xs) / len(xs), sum(ys) / len(ys)


def around(symbol: Symbol, frame: Luma | None = None) -> Region:
    """The part of the picture that holds the symbol; with its quiet zone and within the frame where one is given."""
    xs, ys = _coordinates(symbol)
    margin = 0 if frame is None else max(max(xs) - min(xs), max(ys) - min(ys)) // 4 + 4
    region = Region(min(xs) - margin, min(ys) - margin, max(xs) + margin + 1, max(ys) + margin + 1)
    return region if frame is None else region.within(frame)


def _coordinates(symbol: Symbol) -> tuple[Sequence[int], Sequence[int]]:
    corners = symbol.corners or ((0, 0),)
    return [x for x, _ in corners], [y for _, y in corners]
