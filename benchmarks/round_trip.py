"""What it costs to decode in a confined process instead of here: the same frame, the same library, both ways."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from typing import Any

import numpy as np

from gate.adapters.decoder_process.parent import DecoderProcess
from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.ports import Luma, SymbolDecoder
from gate.service.decoder_parts import CHILD
from gate.simulation.pose import ordinary_pose
from gate.simulation.props import Device, Shown
from gate.simulation.scene import render
from gate.simulation.symbols import symbol

FRAMES = 40
START_S = 30.0
PATIENCE_S = 30.0
"""A machine that others use too is not to look like a decoder that hangs."""


def run(seed: int, rounds: int) -> dict[str, Any]:
    """Wall time of a frame of 1280x720, and CPU time of the service's own process; medians, as JSON holds them."""
    frames = [_frame(seed, index) for index in range(FRAMES)]
    with ExitStack() as stack:
        ways: dict[str, SymbolDecoder] = {"zxing here": ZxingDecoder(), "zbar here": ZbarDecoder()}
        for name in ("zxing", "zbar"):
            command = [sys.executable, "-I", "-m", CHILD, name]
            child = stack.enter_context(closing(DecoderProcess(name, command, answer_s=PATIENCE_S)))
            child.wait_until_ready(START_S)
            ways[f"{name} child"] = child
        return _measured(ways, frames, rounds, seed)


def _frame(seed: int, index: int) -> Luma:
    rng = np.random.default_rng([seed, index])
    shown = Shown(symbol(f"GP1:{index:06}" * 20), Device.PHONE)
    return np.ascontiguousarray(np.array(render((shown,), ordinary_pose(rng), rng))[:, :, 1])


def _measured(ways: Mapping[str, SymbolDecoder], frames: list[Luma], rounds: int, seed: int) -> dict[str, Any]:
    """For each frame and way the best of the rounds, which come in an order of their own."""
    best: dict[tuple[str, int], tuple[float, float]] = {}
    jobs = [(name, index) for name in ways for index in range(len(frames))]
    for number in range(rounds):
        random.Random(seed + number).shuffle(jobs)  # noqa: S311  (an order, not a secret)
        for name, index in jobs:
            wall_ns, cpu_ns = time.perf_counter_ns(), time.process_time_ns()
            ways[name].decode(frames[index])
            took = ((time.perf_counter_ns() - wall_ns) / 1e6, (time.process_time_ns() - cpu_ns) / 1e6)
            before = best.get((name, index), took)
            best[name, index] = (min(before[0], took[0]), min(before[1], took[1]))
    return {name: _row([best[name, index] for index in range(len(frames))]) for name in ways}


def _row(took: list[tuple[float, float]]) -> dict[str, float]:
    wall_ms, cpu_ms = (round(statistics.median(column), 3) for column in zip(*took, strict=True))
    return {"wall_ms": wall_ms, "own_cpu_ms": cpu_ms}
