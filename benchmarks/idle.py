"""B1: what a second costs in which nobody shows a code: an empty room, and people who pass under a flickering lamp."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import scenes
from benchmarks.baselines import pyzbar_decode
from benchmarks.measure import timed
from benchmarks.scenes import FPS, Luma
from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.ports import Frame
from gate.service.vision.change import ChangeGate
from gate.service.vision.ladder import Ladder

SECOND_NS = 1_000_000_000
WARM_SECONDS = 2
SECONDS = 4


def run(seed: int, rounds: int) -> dict[str, Any]:
    """CPU milliseconds of one second at 30 frames, each way, and the ratios to the gate."""
    empty, passing = scenes.empty_room(seed, FPS), scenes.passing(seed, FPS)
    per_second = {
        "empty": _compared(empty, rounds),
        "people passing": _compared(passing, rounds),
    }
    gate = ChangeGate()
    alone = statistics.median(timed(lambda one=one: gate.changed(one))[0] for one in empty * 4)  # type: ignore[misc]
    ratios = {
        f"B1 CPU, {way} of gate, {scene}": row[way] / row["gate"]
        for scene, row in per_second.items()
        for way in ("naive pyzbar", "tuned pyzbar")
    }
    return {
        "seed": seed,
        "frames_sha256": scenes.digest(iter([*empty, *passing])),
        "cpu_ms_per_second": per_second,
        "change_gate_ms_per_frame": round(alone, 4),
        "ratios": ratios,
    }


def _compared(frames: list[Luma], rounds: int) -> dict[str, float]:
    rgb = [np.repeat(frame[..., None], 3, axis=2) for frame in frames]
    ways: dict[str, Callable[[], float]] = {
        "naive pyzbar": lambda: sum(timed(lambda one=one: pyzbar_decode.naive(one))[0] for one in rgb),  # type: ignore[misc]
        "tuned pyzbar": lambda: sum(timed(lambda one=one: pyzbar_decode.tuned(one))[0] for one in frames),  # type: ignore[misc]
        "gate": lambda: _gate(frames),
    }
    return {name: round(min(way() for _ in range(rounds)), 3) for name, way in ways.items()}


def _gate(frames: list[Luma]) -> float:
    """The ladder on these frames to and fro; the first seconds, in which it gets to know the room, do not count."""
    ladder = Ladder([ZxingDecoder(), ZbarDecoder()], lambda: 0)
    spent_ms = 0.0
    for number in range(FPS * (WARM_SECONDS + SECONDS)):
        index = number % (2 * len(frames))  # to and fro, so that nothing jumps
        luma = frames[index if index < len(frames) else 2 * len(frames) - 1 - index]
        frame = Frame(luma, None, number * SECOND_NS // FPS, "")
        cpu_ms, _ = timed(lambda frame=frame: ladder.look(frame))  # type: ignore[misc]
        spent_ms += cpu_ms if number >= FPS * WARM_SECONDS else 0
    return spent_ms / SECONDS
