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


def check(unit: Unit) -> Finding:
    """Show a code to each that is wanted."""
    mode = unit.config.decoder.mode
    wanted = [DecoderMode.ZXING, DecoderMode.ZBAR] if mode is DecoderMode.AUTO else [mode]
    problems = {one: problem for one in wanted if (problem := _problem(unit, one))}
    told = "; ".join(f"{one.value}: {problem}" for one, problem in problems.items())
    if len(problems) == len(wanted):
        return fail(told, "Install the package again; without any, no visitor is read")
    if problems:
        return warn(
            f"{told}; the other one reads alone", "Install what is missing: apt install libzbar0, or the package"
        )
    confined = ", each in a confined process" if unit.config.decoder.process else ", NOT confined"
    return ok(f"{' and '.join(wanted)} read a code{confined}")


def _problem(unit: Unit, mode: DecoderMode) -> str:
    """Why it does not read; empty: it does."""
    picture = np.asarray(pictures()[0])
    with closing(unit.ways.decoders(replace(unit.config.decoder, mode=mode))) as decoders:
        try:
            found = decoders.chain(unit.clock, lambda _changed: None).decode(picture)
        except AdapterError as error:
            return str(error)
    return "" if any(symbol.data for symbol in found) else "it does not see a plain code"
