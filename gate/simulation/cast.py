"""The visitors of the demo: what each holds to the camera, and what a gate that works makes of it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from gate.access.effects import Line
from gate.credential.model import Colour
from gate.simulation.office import Office
from gate.simulation.props import Device, Shown
from gate.simulation.symbols import first_part, symbol

RED, YELLOW, GREEN, ATTENTION = Line.RED, Line.YELLOW, Line.GREEN, Line.ATTENTION
GRANTED = ("granted", "rule_met")


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to come of a visit: the events in order (result, reason) and the lamps that light up on the way."""

    events: tuple[tuple[str, str], ...]
    lamps: frozenset[Line]

    @property
    def released(self) -> bool:
        """Whether the strike is released, once."""
        return any(result == "granted" for result, _ in self.events)

    @property
    def held(self) -> bool:
        """Whether the officer has to answer."""
        return any(result == "held" for result, _ in self.events)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who comes to the door."""

    name: str
    """Also the picture's name."""
    story: str
    shown: tuple[Shown, ...]
    expected: Expected
    steady: bool = False
    """Holds it well from the start; otherwise in any ordinary way."""


def cast(office: Office, rng: random.Random) -> list[Visitor]:
    """One visitor of every kind, in the order of the programme."""

    def on(text: str, device: Device | None = None, *, dark: bool = False) -> Shown:
        return Shown(symbol(text), device or rng.choice(list(Device)), dark)

    green = office.genuine(Colour.GREEN)
    return [
        Visitor("green", "a green pass on a phone", (on(green, Device.PHONE),), _granted()),
        Visitor("yellow", "a yellow pass", (on(office.genuine(Colour.YELLOW)),), _admitted("rule_met", YELLOW)),
        Visitor("red", "a red pass", (on(office.genuine(Colour.RED)),), _refused("rule_met", RED)),
        Visitor("black", "a black pass", (on(office.genuine(Colour.BLACK)),), _refused("rule_met", RED, ATTENTION)),
        Visitor("expired", "yesterday's pass", (on(office.expired()),), _refused("expired", RED)),
        Visitor("forged", "a forged pass", (on(office.forged()),), _denied("bad_signature")),
        Visitor(
            "unknown-issuer",
            "a pass of an unknown issuer",
            (on(office.unknown_issuer()),),
            _refused("unknown_issuer", ATTENTION),
        ),
        Visitor(
            "split-code",
            "one part of a split code (Structured Append)",
            (Shown(first_part(office.genuine(Colour.GREEN), 2), Device.PAPER),),
            _refused("unreadable", ATTENTION),
            steady=True,
        ),
        Visitor(
            "dark-mode",
            "a green pass on a phone in dark mode",
            (on(office.genuine(Colour.GREEN), Device.PHONE, dark=True),),
            _granted(),
        ),
        Visitor(
            "two-at-once",
            "two people's green passes at once",
            (on(office.genuine(Colour.GREEN)), on(office.genuine(Colour.GREEN))),
            _refused("several_codes", ATTENTION),
            steady=True,
        ),
        Visitor("paper", "a green pass on paper", (on(office.genuine(Colour.GREEN), Device.PAPER),), _granted()),
        Visitor("empty", "nobody shows anything", (), Expected((), frozenset())),
    ]


def _granted() -> Expected:
    return Expected((GRANTED,), frozenset({GREEN}))


def _admitted(reason: str, *lamps: Line) -> Expected:
    return Expected((("held", reason), ("granted", "admitted_by_officer")), frozenset({*lamps, GREEN}))


def _refused(reason: str, *lamps: Line) -> Expected:
    return Expected((("held", reason), ("denied", "refused_by_officer")), frozenset({*lamps, ATTENTION}))


def _denied(reason: str) -> Expected:
    return Expected((("denied", reason),), frozenset({ATTENTION}))
