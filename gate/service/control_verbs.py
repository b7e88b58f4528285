"""The verbs of the local control, as a table: what order each gives, and what it takes for that.

Texts that go into events come from the configuration's lists or from this table, never from who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gate.access.access_point import BUTTON_REASON
from gate.access.modes import DoorMode
from gate.access.orders import (
    Acknowledge,
    Admit,
    Attestation,
    Drill,
    FollowUp,
    FollowUpOutcome,
    Order,
    Refuse,
    Report,
    ResetPassback,
    SelfTest,
    SetMode,
    SetOccupancy,
)
from gate.credential.model import Colour

HIGHEST_NUMBER = 10**15
MOST_PEOPLE = 100_000
OUTCOMES = tuple(one for one in FollowUpOutcome if one is not FollowUpOutcome.NOT_RECORDED)
DRILLS = (Colour.BLACK, Colour.RED)
UNKNOWN = "unknown"
"""What stands in the audit for a verb that is not in the table."""


class WrongRequest(Exception):  # noqa: N818  (a verdict on what was asked, turned into an answer)
    """What is asked is not in the table; the text says what is."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What an officer may give as the reason; the first of each list is meant where none is given.

    What a button at the door means may always be given, whether it is listed or not.
    """

    admit: tuple[str, ...]
    refuse: tuple[str, ...]


@dataclass(slots=True)
class Asked:
    """The arguments of one request; each is taken once, and what is left over is wrong."""

    args: dict[str, Any]

    def number(self, name: str) -> int | None:
        """A positive whole number, or None where it is not given."""
        value = self.args.pop(name, None)
        if value is not None and not (type(value) is int and 0 < value <= HIGHEST_NUMBER):
            raise WrongRequest(f'"{name}" must be a positive whole number')
        return value

    def count(self, name: str) -> int:
        """A whole number from 0 on, which must be given."""
        value = self.args.pop(name, None)
        if not (type(value) is int and 0 <= value <= MOST_PEOPLE):
            raise WrongRequest(f'"{name}" must be a whole number from 0 to {MOST_PEOPLE}')
        return value

    def switch(self, name: str) -> bool:
        """True or false; false where it is not given."""
        value = self.args.pop(name, False)
        if not isinstance(value, bool):
            raise WrongRequest(f'"{name}" must be true or false')
        return value

    def choice(self, name: str, choices: tuple[str, ...], usual: str | None = None) -> str:
        """One of these; ``usual`` where it is not given, or an error where that is None."""
        value = self.args.pop(name, usual)
        if value not in choices:
            raise WrongRequest(f'"{name}" must be one of: {", ".join(choices)}')
        return str(value)

    def nothing_more(self) -> None:
        """Raise for an argument that nobody took."""
        if self.args:
            raise WrongRequest(f'"{min(self.args)[:40]}" is not an argument of this verb')


def reason_of(asked: Asked, listed: tuple[str, ...]) -> str:
    """One of the listed reasons, or the button's."""
    return asked.choice("reason", tuple(dict.fromkeys((*listed, BUTTON_REASON))), listed[0])


def _admit(asked: Asked, reasons: Reasons) -> Order:
    healthy, protocol = asked.switch("healthy"), asked.switch("protocol")
    return Admit(
        reason_of(asked, reasons.admit),
        asked.number("visit"),
        Attestation(healthy, protocol) if healthy or protocol else None,
        asked.switch("extended"),
    )


def _refuse(asked: Asked, reasons: Reasons) -> Order:
    return Refuse(reason_of(asked, reasons.refuse), asked.number("visit"))


def _follow_up(asked: Asked, _: Reasons) -> Order:
    return FollowUp(FollowUpOutcome(asked.choice("outcome", OUTCOMES)), asked.number("alarm"))


def _mode(mode: DoorMode) -> Callable[[Asked, Reasons], Order]:
    return lambda _asked, _reasons: SetMode(mode)


VERBS: Mapping[str, Callable[[Asked, Reasons], Order]] = {
    "status": lambda _asked, _reasons: Report(),
    "admit": _admit,
    "refuse": _refuse,
    "ack": lambda asked, _reasons: Acknowledge(asked.number("alarm")),
    "follow-up": _follow_up,
    "drill": lambda asked, _reasons: Drill(Colour(asked.choice("colour", DRILLS))),
    "lockdown": _mode(DoorMode.LOCKED_DOWN),
    "normal": _mode(DoorMode.LOCKED),
    "unlock": _mode(DoorMode.UNLOCKED),
    "emergency": _mode(DoorMode.LOCKED_OPEN),
    "passback": lambda asked, _reasons: ResetPassback(asked.number("visit")),
    "occupancy": lambda asked, _reasons: SetOccupancy(asked.count("inside")),
    "selftest": lambda asked, _reasons: SelfTest(asked.switch("relay")),
}


def order_of(verb: str, args: dict[str, Any], reasons: Reasons) -> Order:
    """The order that is asked for. Raises ``WrongRequest``."""
    if verb not in VERBS:
        raise WrongRequest(f"the verbs are: {', '.join(VERBS)}")
    asked = Asked(dict(args))
    order = VERBS[verb](asked, reasons)
    asked.nothing_more()
    return order


def audited(verb: str) -> str:
    """The verb as it may stand in the audit."""
    return verb if verb in VERBS else UNKNOWN
