"""CPU time of several ways to do the same work.

In each round every way does all of the work by itself, in an order of its own: a gate runs one way, with the caches to
itself. The rounds are shuffled, so that no way has the quiet moments to itself.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
MS = 1e6


@dataclass(frozen=True, slots=True)
class Timed(Generic[T]):
    """One way's results for each input, and its CPU milliseconds: for each input the best of the rounds."""

    results: list[T]
    cpu_ms: list[float]

    @property
    def median_ms(self) -> float:
        """The middle one."""
        return statistics.median(self.cpu_ms)

    @property
    def worst_ms(self) -> float:
        """The longest one."""
        return max(self.cpu_ms)


I = TypeVar("I")  # noqa: E741  (the type of an input)


def compare(ways: Mapping[str, Callable[[I], T]], inputs: Sequence[I], rounds: int, seed: int) -> dict[str, Timed[T]]:
    """Run every way on every input in each round."""
    best: dict[tuple[str, int], tuple[float, T]] = {}
    for number in range(rounds):
        order = random.Random(seed + number)  # noqa: S311  (an order, not a secret)
        for name in order.sample(list(ways), len(ways)):
            for index in order.sample(range(len(inputs)), len(inputs)):
                cpu_ms, result = timed(lambda way=ways[name], one=inputs[index]: way(one))  # type: ignore[misc]
                if (name, index) not in best or cpu_ms < best[name, index][0]:
                    best[name, index] = (cpu_ms, result)
    return {name: _timed([best[name, index] for index in range(len(inputs))]) for name in ways}


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """CPU milliseconds of this process, and the result."""
    began_ns = time.process_time_ns()
    result = work()
    return (time.process_time_ns() - began_ns) / MS, result


def _timed(rows: list[tuple[float, T]]) -> Timed[T]:
    return Timed([result for _, result in rows], [cpu_ms for cpu_ms, _ in rows])
