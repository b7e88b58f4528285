"""B4: from the phone in view to its code, on films, on this processor and on ones that are 4 and 20 times slower.

Time is simulated: a frame comes every thirtieth of a second, an attempt takes its CPU time multiplied, and what is
looked at next is the newest frame. A way that does not read the code within the film is given the whole film.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import scenes
from benchmarks.baselines import pyzbar_decode
from benchmarks.scenes import FPS, Luma, Sequence
from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.ports import Frame
from gate.service.vision.ladder import Ladder
from gate.service.vision.pixels import Pixels

SLOWER = (1, 4, 20)
FRAME_NS = 1_000_000_000 // FPS


@dataclass(slots=True)
class SlowClock:
    """Simulated nanoseconds, which go on with the CPU time of this process, multiplied, while ``running``."""

    factor: int
    at_ns: int = 0
    began_ns: int = 0

    def run(self, work: Callable[[], bool]) -> bool:
        """Do the work, and let the clock go on by what it took."""
        self.began_ns = time.process_time_ns()
        done = work()
        self.at_ns = self.now_ns()
        return done

    def now_ns(self) -> int:
        return self.at_ns + (time.process_time_ns() - self.began_ns) * self.factor


def run(seed: int, rounds: int) -> dict[str, Any]:
    """Milliseconds to the code, each way, for each film and speed; and the ratios."""
    films = scenes.films(seed)
    rows = {film.name: _film(film, rounds) for film in films}
    ratios: dict[str, float] = {}
    for factor in SLOWER:
        ours = [row[f"gate x{factor}"] for row in rows.values()]
        theirs = [row[f"tuned pyzbar x{factor}"] for row in rows.values()]
        ratios[f"B4 time to code, gate of tuned pyzbar, CPU x{factor}"] = sum(ours) / sum(theirs)
    ends = {film.name: (len(film.frames) - film.appears) * FRAME_NS / 1e6 for film in films}
    ratios["B4 films read by gate at every speed"] = sum(
        all(row[f"gate x{factor}"] < ends[name] for factor in SLOWER) for name, row in rows.items()
    )
    return {
        "seed": seed,
        "frames_sha256": scenes.digest(frame for film in films for frame in film.frames),
        "ms_to_code": rows,
        "ratios": ratios,
    }


def _film(film: Sequence, rounds: int) -> dict[str, float]:
    halves = [Pixels().half(frame) for frame in film.frames]
    row: dict[str, float] = {}
    for factor in SLOWER:
        for name in ("tuned pyzbar", "gate"):
            times = [_time_ms(film, halves, name, factor) for _ in range(rounds)]
            row[f"{name} x{factor}"] = round(statistics.median(times), 1)
    return row


def _time_ms(film: Sequence, halves: list[Luma], name: str, factor: int) -> float:
    clock = SlowClock(factor)
    ladder = Ladder([ZxingDecoder(), ZbarDecoder()], clock.now_ns)

    def reads(index: int) -> bool:
        if name == "gate":
            frame = Frame(film.frames[index], halves[index], index * FRAME_NS, "")
            return film.text in {symbol.data for symbol in ladder.look(frame).symbols}
        return film.text in pyzbar_decode.tuned(film.frames[index])

    index = -1
    while True:
        index = max(index + 1, clock.at_ns // FRAME_NS)
        if index >= len(film.frames):
            return (len(film.frames) - film.appears) * FRAME_NS / 1e6
        clock.at_ns = max(clock.at_ns, index * FRAME_NS)
        if clock.run(lambda index=index: reads(index)):  # type: ignore[misc]
            return (clock.at_ns - film.appears * FRAME_NS) / 1e6
