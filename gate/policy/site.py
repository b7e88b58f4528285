"""What a site decides beside the rules, and what its state has against a visitor whom the rules would let in."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from gate.credential.instant import Instant
from gate.credential.model import Colour, CredentialKind, Verdict, Verified
from gate.policy.occupancy import Occupancy
from gate.policy.passback import Crossing, Passback, PassbackMode, Way
from gate.policy.schedule import Schedule
from gate.policy.status import Decision, Judged, Outcome, Rule
from gate.policy.trust_age import TrustAges

EXIT = Rule("exit", 1)
"""Who is verified may leave, whatever the colour: nobody is locked in. A badge proves nothing: anybody can copy it."""


@enum.unique
class Direction(enum.StrEnum):
    """Which way people go through a gate."""

    ENTRY = "entry"
    EXIT = "exit"
    BOTH = "both"
    """Nobody can tell which way, so nobody is counted."""

    @property
    def way(self) -> Way | None:
        return {Direction.ENTRY: Way.IN, Direction.EXIT: Way.OUT}.get(self)


@enum.unique
class Obstacle(enum.StrEnum):
    """Why the site holds somebody, in the order in which they are looked at; each is a ``PolicyReason``, too."""

    OUTSIDE_HOURS = "outside_hours"
    PASSBACK = "passback"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """What a site may choose for one of its gates."""

    gate: str = "gate"
    """Its name within the site."""
    direction: Direction = Direction.ENTRY
    trust_max_age_s: int = 7 * 24 * 3600
    """From this age of the trust bundle on, green becomes a hold."""
    trust_warn_age_s: int = 24 * 3600
    """From this age of the trust bundle on, people are told; decisions stay as they are."""
    site: str = ""
    """Its name, for rules that differ from place to place."""
    utc_offset_min: int = 0
    """Its local time: days of rules begin at its midnight."""
    granted: frozenset[Colour] = frozenset({Colour.GREEN})
    """The colours that are let in without the officer; never red or black."""
    unsigned_may_enter: bool = False
    """Whether a badge, which anybody can copy, may be let in, or out, without the officer."""
    green_hours: Schedule | None = None
    """When green is let in; None for always."""
    yellow_hours: Schedule | None = None
    passback: Passback = field(default_factory=Passback)
    occupancy: Occupancy = field(default_factory=Occupancy)

    @property
    def trust_ages(self) -> TrustAges:
        """Both ages, for ``age_of``."""
        return TrustAges(self.trust_warn_age_s, self.trust_max_age_s)

    def outcome(self, colour: Colour) -> Outcome:
        """What a colour leads to by itself."""
        may_enter = colour in self.granted and colour in {Colour.GREEN, Colour.YELLOW}
        return Outcome.GRANT if may_enter else Outcome.HOLD

    def open_to(self, colour: Colour, now: Instant) -> bool:
        """Whether this colour has its hours now."""
        hours = {Colour.GREEN: self.green_hours, Colour.YELLOW: self.yellow_hours}.get(colour)
        return hours is None or hours.covers(now.utc)

    @property
    def shares(self) -> bool:
        """Whether this gate has something to tell the others of its site, or to ask of them."""
        asks = self.passback.mode is not PassbackMode.OFF or self.occupancy.capacity > 0
        return self.direction is Direction.EXIT or (asks and self.direction is Direction.ENTRY)


@dataclass(frozen=True, slots=True)
class SiteState:
    """What is known at the site when somebody comes."""

    inside: int = 0
    """With those who were let in and have yet to pass."""
    last: Crossing | None = None
    """The visitor's newest crossing since the last check-out."""


EMPTY = SiteState()


def exit_decision(verdict: Verdict, by_rules: Judged, site: SitePolicy) -> Decision | None:
    """At an exit, everybody is let out whose credential is genuine and in force; None where the rules decide."""
    if site.direction is not Direction.EXIT or not isinstance(verdict, Verified):
        return None
    if verdict.credential.kind is CredentialKind.BADGE and not site.unsigned_may_enter:
        return None
    return Decision(by_rules.colour or Colour.GREEN, Outcome.GRANT, EXIT, EXIT.id)


def repeated(site: SitePolicy, state: SiteState, now: Instant) -> bool:
    """Whether an entry now would follow an entry without an exit."""
    return site.direction is Direction.ENTRY and site.passback.repeated(state.last, now)


def site_obstacle(colour: Colour, site: SitePolicy, state: SiteState, now: Instant) -> Obstacle | None:
    """Why somebody whom the rules would let in has to wait for the officer."""
    if not site.open_to(colour, now):
        return Obstacle.OUTSIDE_HOURS
    if site.passback.holds and repeated(site, state, now):
        return Obstacle.PASSBACK
    if 0 < site.occupancy.capacity <= state.inside and site.direction is Direction.ENTRY:
        return Obstacle.FULL
    return None
