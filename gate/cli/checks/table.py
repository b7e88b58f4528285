"""The checks in the order in which they are made, and when each of them is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gate.cli.checks import (
    access_list,
    broker,
    camera,
    card,
    certificate,
    clock,
    decoders,
    disk,
    freed_lines,
    header,
    inputs,
    journal,
    lamps,
    machine,
    pins,
    power,
    rules,
    secrets,
    service,
    strike,
    trust,
    versions,
    watchdog,
)
from gate.cli.checks.finding import Finding
from gate.cli.checks.unit import Unit

Check = Callable[[Unit], Finding]

ALWAYS: Mapping[str, Check] = {
    "service": service.check,
    "versions": versions.check,
    "machine": machine.check,
    "clock": clock.check,
    "disk": disk.check,
    "journal": journal.check,
    "secrets": secrets.check,
    "trust": trust.check,
    "rules": rules.check,
    "decoders": decoders.check,
    "camera": camera.check,
    "pins": pins.check,
    "inputs": inputs.check,
    "broker": broker.check,
    "access-list": access_list.check,
    "certificate": certificate.check,
}
"""They disturb nothing and nobody."""
OF_THE_BOARD: Mapping[str, Check] = {
    "header": header.check,
    "watchdog": watchdog.check,
    "power": power.check,
    "freed-lines": freed_lines.check,
}
WITH_SOMEBODY: Mapping[str, Check] = {"card": card.check, "lamps": lamps.check, "strike": strike.check}
"""They want a person at the door, who looks, listens and holds the card."""
ALL = {**ALWAYS, **OF_THE_BOARD, **WITH_SOMEBODY}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    board: bool = False
    card: bool = False
    walk: bool = False
    strike: bool = False
    only: tuple[str, ...] = ()


def chosen(wanted: Wanted) -> dict[str, Check]:
    """The checks to be made."""
    if wanted.only:
        return {name: check for name, check in ALL.items() if name in wanted.only}
    asked = {"card": wanted.card or wanted.board, "lamps": wanted.walk or wanted.board, "strike": wanted.strike}
    with_somebody = {name: check for name, check in WITH_SOMEBODY.items() if asked[name]}
    return {**ALWAYS, **(OF_THE_BOARD if wanted.board else {}), **with_somebody}
