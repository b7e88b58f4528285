"""B5: pictures that are made to be costly; the worst single attempt against one pass of tuned pyzbar."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks import scenes
from benchmarks.baselines import pyzbar_decode
from benchmarks.measure import timed
from benchmarks.scenes import Luma
from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.ports import SymbolDecoder
from gate.service.vision.ladder import Ladder
from gate.service.vision.still import looks

SIZE = (720, 1280)


def pictures(seed: int) -> dict[str, Luma]:
    """Noise, checks, stripes, a wall of finder patterns, and a wall of random modules."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    finder = np.zeros((9, 9), np.uint8)
    finder[1:8, 1:8], finder[2:7, 2:7], finder[3:6, 3:6] = 1, 0, 1
    checks = {f"checks of {side}": (x // side + y // side) % 2 for side in (1, 2, 3, 5, 9)}
    walls: dict[str, Any] = {}
    for side in (2, 4):
        rows, columns = SIZE[0] // side, SIZE[1] // side
        tiled = np.tile(finder, (rows // 9 + 1, columns // 9 + 1))[:rows, :columns]
        walls[f"finder patterns of {side}"] = np.kron(tiled, np.ones((side, side), np.int64))
        modules = rng.integers(0, 2, (rows, columns))
        walls[f"random modules of {side}"] = np.kron(modules, np.ones((side, side), np.int64))
    made = {name: (1 - np.asarray(dark)) * 255 for name, dark in (checks | walls).items()}
    made["finder patterns of 4, in the middle"] = np.full(SIZE, 150)
    made["finder patterns of 4, in the middle"][160:560, 380:900] = made["finder patterns of 4"][:400, :520]
    made["noise"] = rng.integers(0, 256, SIZE)
    made["stripes"] = (y // 3 % 2) * 255
    return {name: np.ascontiguousarray(luma.astype(np.uint8)) for name, luma in made.items()}


def run(seed: int, rounds: int) -> dict[str, Any]:
    """The worst attempt on each picture, with both decoders and with zbar alone; each at its best of the rounds."""
    made = pictures(seed)
    ladders: dict[str, list[SymbolDecoder]] = {"both": [ZxingDecoder(), ZbarDecoder()], "zbar alone": [ZbarDecoder()]}
    rows: dict[str, Any] = {name: {"tuned_ms": _tuned_ms(luma, rounds)} for name, luma in made.items()}
    for who, decoders in ladders.items():
        ladder = Ladder(decoders, time.process_time_ns)
        for name, luma in made.items():
            tries = [_attempts(ladder, luma) for _ in range(rounds)]
            worst_ms, worst = max(min(same) for same in zip(*tries, strict=False))
            rows[name][who] = {"worst_ms": round(worst_ms, 2), "worst": worst}
    return {
        "seed": seed,
        "pictures_sha256": scenes.digest(iter(made.values())),
        "pictures": rows,
        "ratios": _ratios(rows),
    }


def _ratios(rows: dict[str, Any]) -> dict[str, float]:
    """Of the worst of all passes; and, with zbar alone, of the pass over the same picture."""
    tuned = max(row["tuned_ms"] for row in rows.values())
    both, alone = (max(row[who]["worst_ms"] for row in rows.values()) for who in ("both", "zbar alone"))
    same = max(row["zbar alone"]["worst_ms"] / row["tuned_ms"] for row in rows.values())
    return {
        "B5 CPU, worst attempt of worst tuned pyzbar": both / tuned,
        "B5 CPU, worst attempt of worst tuned pyzbar, zbar alone": alone / tuned,
        "B5 CPU, worst attempt of tuned pyzbar on the same picture, zbar alone": same,
    }


def _tuned_ms(luma: Luma, rounds: int) -> float:
    return round(min(timed(lambda: pyzbar_decode.tuned(luma))[0] for _ in range(rounds)), 2)


def _attempts(ladder: Ladder, luma: Luma) -> list[tuple[float, str]]:
    """Milliseconds and name of every attempt on the picture."""
    attempts = (attempt for look in looks(ladder, luma) for attempt in look.attempts)
    return [(attempt.took_ns / 1e6, f"{attempt.rung} {attempt.decoder}") for attempt in attempts]
