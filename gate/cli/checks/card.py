"""How fine a code may be that is still read at the door: the test card, its sharpness and its exposure."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from gate.cli.checks.camera import ADVICE, watched
from gate.cli.checks.card_sheet import VERSIONS, version_of
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.ports import AdapterError, Luma, Symbol, SymbolDecoder

LEAST, GOOD = 10, 20
"""Versions of QR codes: health certificates are mostly of 13 to 20, passes of this office of 6 to 10."""
SOFT_PX = 4.0
FLAT = 80.0
CLOSER = "Come closer, or raise camera.width_px"
HOLD = "Hold the test card before the camera where visitors hold their codes, 10 to 40 cm away, for {seconds:g} s."


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the part of a picture that shows a code."""

    edge_px: float
    """How many pixels lie between dark and light."""
    dark: float
    light: float
    """Grey levels of the modules, 0 to 255."""


def check(unit: Unit) -> Finding:
    """Read what somebody holds up, with the decoders of the service."""
    if unit.runs:
        return warn("the gate that runs here has the camera", "systemctl stop gate, then try the card again")
    unit.ways.person.told(HOLD.format(seconds=unit.ways.card_s))
    try:
        with closing(unit.ways.camera(unit.config)) as frames, closing(unit.ways.decoders(unit.config.decoder)) as made:
            decoder = made.chain(unit.clock, lambda _changed: None)
            read = _read(decoder, (frame.main for frame in watched(frames, unit.ways.card_s)))
    except AdapterError as error:
        return fail(str(error), ADVICE)
    return _judged(read)


def _read(decoder: SymbolDecoder, pictures: Iterable[Luma]) -> dict[int, Quality]:
    """The codes of the card that were read, each with its quality when it was read last; ends when all are."""
    found: dict[int, Quality] = {}
    for luma in pictures:
        for symbol in decoder.decode(luma):
            version = version_of(symbol.data)
            if version is not None:
                found[version] = quality(_shown(luma, symbol))
        if len(found) == len(VERSIONS):
            break
    return found


def _shown(luma: Luma, symbol: Symbol) -> Luma:
    """The part of the picture that the symbol takes; all of it where the decoder does not say."""
    if not symbol.corners:
        return luma
    xs, ys = zip(*symbol.corners, strict=True)
    return luma[max(0, min(ys)) : max(ys) + 1, max(0, min(xs)) : max(xs) + 1]


def quality(part: Luma) -> Quality:
    """Of pixels that show modules: by the steepest edges, and by the darkest and lightest tenths."""
    dark, light = (float(level) for level in np.percentile(part, (10, 90)))
    steps = np.abs(np.diff(part.astype(np.int16), axis=1))
    steepest = float(np.percentile(steps, 99)) if steps.size else 0.0
    return Quality((light - dark) / max(steepest, 1.0), dark, light)


def _judged(read: dict[int, Quality]) -> Finding:
    if not read:
        return fail("no code of the card was read", "More light, the right distance, focus: docs/camera.md")
    best, seen = max(read), read[min(read)]
    levels = f"dark {seen.dark:.0f}, light {seen.light:.0f} of 255"
    said = f"version {best} is read; edges of {seen.edge_px:.1f} pixels, {levels}"
    advice = _advice(seen)
    if best < LEAST:
        return fail(said, f"Visitors fail where {LEAST} is not read. {advice or CLOSER}")
    if best < GOOD or advice:
        return warn(said, f"Certificates are up to version {GOOD}. {advice or CLOSER}")
    return ok(said)


def _advice(seen: Quality) -> str:
    """What the picture lacks; empty: nothing."""
    if seen.light - seen.dark < FLAT:
        return "Little contrast: keep sun and lamps off the window, or see camera.exposure"
    if seen.edge_px > SOFT_PX:
        return "Not sharp: set camera.focus_cm or turn the lens, and clean the window"
    return ""
