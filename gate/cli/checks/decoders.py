"""Whether each library that finds codes reads one, confined as it will be."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np

from gate.adapters.decoder_process.warm_up import pictures
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.ports import AdapterError
from gate.service.config_schema import DecoderMode

ESSENTIAL = "seccomp"
"""Every kernel that gate is tried on has it; some lack Landlock."""


def check(unit: Unit) -> Finding:
    """Show a code to each that is wanted."""
    mode = unit.config.decoder.mode
    wanted = [DecoderMode.ZXING, DecoderMode.ZBAR] if mode is DecoderMode.AUTO else [mode]
    tried = {one: _tried(unit, one) for one in wanted}
    problems = {one: problem for one, (problem, _) in tried.items() if problem}
    told = "; ".join(f"{one.value}: {problem}" for one, problem in problems.items())
    if len(problems) == len(wanted):
        return fail(told, "Install the package again; without any, no visitor is read")
    if problems:
        return warn(
            f"{told}; the other one reads alone", "Install what is missing: apt install libzbar0, or the package"
        )
    lacking = ", ".join(sorted({one for _, lacks in tried.values() for one in lacks}))
    said = f"{' and '.join(wanted)} read a code"
    if not unit.config.decoder.process:
        return warn(f"{said}, NOT confined", "Set decoder.process = true at a door")
    if ESSENTIAL in lacking:
        return warn(f"{said}, without {lacking}", "A picture could then do harm: see SystemCallFilter= in gate.service")
    return ok(f"{said}, each in a confined process{f', without {lacking}' if lacking else ''}")


def _tried(unit: Unit, mode: DecoderMode) -> tuple[str, tuple[str, ...]]:
    """Why it does not read, or empty; and what its confinement lacks."""
    picture = np.asarray(pictures()[0])
    with closing(unit.ways.decoders(replace(unit.config.decoder, mode=mode))) as decoders:
        try:
            found = decoders.chain(unit.clock, lambda _changed: None).decode(picture)
        except AdapterError as error:
            return str(error), ()
        lacking = decoders.lacking
    return "" if any(symbol.data for symbol in found) else "it does not see a plain code", lacking
