"""B2, B3, B6: still camera pictures; how many are read, at which cost, and that nothing is read that is not there.

The gate gets each picture as a camera gives it, with the half picture that costs nothing; it is shown frame after frame
until it is read or every rung was tried, and all of that is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks import scenes
from benchmarks.baselines import pyzbar_decode
from benchmarks.measure import Timed, compare
from benchmarks.scenes import Luma, Picture
from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.ports import SymbolDecoder
from gate.service.vision.ladder import Ladder
from gate.service.vision.look import whole_codes
from gate.service.vision.pixels import Pixels
from gate.service.vision.still import looks


class Case:
    """A picture in all the forms that the ways want it in, none of them timed."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.luma: Luma = picture.luma
        self.rgb = np.repeat(picture.luma[..., None], 3, axis=2)
        self.lores = Pixels().half(picture.luma)


def run(seed: int, count: int, rounds: int) -> dict[str, Any]:
    """Read all pictures every way; the result as JSON holds it."""
    cases = [Case(picture) for picture in scenes.pictures(seed, count)]
    zxing, zbar = ZxingDecoder(), ZbarDecoder()
    ladder = Ladder([zxing, zbar], lambda: 0)
    ways = {
        "naive pyzbar": lambda case: pyzbar_decode.naive(case.rgb),
        "tuned pyzbar": lambda case: pyzbar_decode.tuned(case.luma),
        "gate": lambda case: {found.data for found in _climbed(ladder, case)},
    }
    timed = compare(ways, cases, rounds, seed)
    rows = {name: _row(cases, one) for name, one in timed.items()}
    union = sum(case.picture.text in _union(case.luma, zxing, zbar) for case in cases if case.picture.text)
    return {
        "seed": seed,
        "pictures": count,
        "pictures_sha256": scenes.digest(case.luma for case in cases),
        "ways": rows,
        "union_decoded": union,
        "groups": {name: _groups(cases, one) for name, one in timed.items()},
        "ratios": {
            "B2 decoded, of tuned pyzbar": rows["gate"]["decoded"] / max(1, rows["tuned pyzbar"]["decoded"]),
            "B2 decoded, of the union": rows["gate"]["decoded"] / max(1, union),
            "B3 CPU, naive pyzbar of gate": _median(rows, "naive pyzbar") / _median(rows, "gate"),
            "B3 CPU, tuned pyzbar of gate": _median(rows, "tuned pyzbar") / _median(rows, "gate"),
            "B6 wrong payloads": rows["gate"]["wrong"],
        },
    }


def _climbed(ladder: Ladder, case: Case) -> Iterator[Any]:
    *_, last = looks(ladder, case.luma, case.lores)
    return iter(whole_codes(last.symbols))


def _union(luma: Luma, zxing: SymbolDecoder, zbar: SymbolDecoder) -> set[bytes]:
    """What any decoder reads of the whole picture in any form, whatever it costs."""
    pixels = Pixels()
    found = pyzbar_decode.tuned(luma)
    for make in (np.ascontiguousarray, pixels.half, pixels.boxed, pixels.doubled, pixels.sharpened):
        form = make(luma)
        for decoder in (zxing, zbar) if form.size <= luma.size else (zxing,):
            found |= {symbol.data for symbol in decoder.decode(form)}
    return found


def _median(rows: dict[str, Any], name: str) -> float:
    median: float = rows[name]["cpu_ms_with_code_median"]
    return median


def _row(cases: list[Case], timed: Timed[set[bytes]]) -> dict[str, Any]:
    pairs = [(case.picture.text, found) for case, found in zip(cases, timed.results, strict=True)]
    with_code = [cpu_ms for (text, _), cpu_ms in zip(pairs, timed.cpu_ms, strict=True) if text]
    return {
        "with_code": len(with_code),
        "decoded": sum(text in found for text, found in pairs if text),
        "wrong": sum(bool(found - {text}) for text, found in pairs),
        "cpu_ms_with_code_median": round(float(np.median(with_code)), 3),
        "cpu_ms_worst": round(timed.worst_ms, 2),
    }


def _groups(cases: list[Case], timed: Timed[set[bytes]]) -> dict[str, str]:
    """Decoded of shown, for each difficulty."""
    groups: dict[str, list[bool]] = {}
    for case, found in zip(cases, timed.results, strict=True):
        if case.picture.text:
            groups.setdefault(case.picture.group, []).append(case.picture.text in found)
    return {name: f"{sum(read)}/{len(read)}" for name, read in groups.items()}
