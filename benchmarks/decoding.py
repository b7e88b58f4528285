"""Decoding a camera picture: gate's decoder chain against pyzbar, naive and tuned, on freshly rendered visitors."""

from __future__ import annotations

import hashlib
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.baselines import pyzbar_decode
from benchmarks.measure import Timed, compare
from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.service.decoding import DecoderChain
from gate.simulation.pose import ordinary_pose
from gate.simulation.props import Device, Shown
from gate.simulation.scene import render
from gate.simulation.symbols import symbol

BASE45 = string.digits + string.ascii_uppercase + " $%*+-./:"
PASS_CHARACTERS = 250
Rgb = npt.NDArray[np.uint8]
Way = Callable[[Rgb], set[bytes]]


@dataclass(frozen=True, slots=True)
class Picture:
    """What the camera saw, and the text that was really there; none for an empty scene."""

    rgb: Rgb
    text: bytes | None


def pictures(seed: int, count: int) -> list[Picture]:
    """Visitors with phones, phones in dark mode and papers in ordinary poses; every fifth scene is empty."""
    return [_picture(seed, index) for index in range(count)]


def _picture(seed: int, index: int) -> Picture:
    rng, chance = np.random.default_rng([seed, index]), random.Random(f"{seed} {index}")  # noqa: S311  (pictures)
    pose = ordinary_pose(rng)
    if index % 5 == 4:  # noqa: PLR2004  (every fifth)
        return Picture(np.array(render((), pose, rng)), None)
    text = "GP1:" + "".join(chance.choices(BASE45, k=PASS_CHARACTERS))
    device = chance.choice(list(Device))
    shown = Shown(symbol(text), device, dark=device is Device.PHONE and chance.random() < 1 / 3)
    return Picture(np.array(render((shown,), pose, rng)), text.encode())


def run(seed: int, count: int, rounds: int) -> dict[str, Any]:
    """Decode all pictures every way; the result as JSON holds it."""
    chain = DecoderChain(ZxingDecoder(), ZbarDecoder())
    ways: dict[str, Way] = {
        "naive pyzbar": pyzbar_decode.naive,
        "tuned pyzbar": pyzbar_decode.tuned,
        "gate": lambda rgb: {found.data for found in chain.decode(np.ascontiguousarray(rgb[:, :, 1]))},
    }
    seen = pictures(seed, count)
    timed = compare(ways, [picture.rgb for picture in seen], rounds, seed)
    digest = hashlib.sha256(b"".join(picture.rgb.tobytes() for picture in seen)).hexdigest()
    return {
        "seed": seed,
        "pictures": count,
        "pictures_sha256": digest,
        "ways": {name: _row(seen, one) for name, one in timed.items()},
    }


def _row(seen: list[Picture], timed: Timed[set[bytes]]) -> dict[str, Any]:
    pairs = list(zip(seen, timed.results, strict=True))
    with_code = [cpu_ms for picture, cpu_ms in zip(seen, timed.cpu_ms, strict=True) if picture.text]
    return {
        "with_code": len(with_code),
        "decoded": sum(picture.text in found for picture, found in pairs if picture.text),
        "wrong": sum(bool(found - {picture.text}) for picture, found in pairs),
        "cpu_ms_with_code_median": round(float(np.median(with_code)), 2),
        "cpu_ms_worst": round(timed.worst_ms, 2),
    }
