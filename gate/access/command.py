"""Commands of the centre, in words: the verbs, whose key may say which, and why one is refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from gate.access.orders import Order


@enum.unique
class Verb(enum.StrEnum):
    """What may be commanded; also the last part of the topic."""

    RELEASE = "release"
    LOCKDOWN = "lockdown"
    NORMAL = "normal"
    EMERGENCY_RELEASE = "emergency_release"
    ACKNOWLEDGE = "acknowledge"
    DRILL = "drill"
    RELOAD = "reload"
    REPLAY = "replay"
    IDENTIFY = "identify"
    DIAGNOSE = "diagnose"
    RESTART = "restart"
    RETIRE = "retire"


@enum.unique
class Role(enum.StrEnum):
    """What a key of the trust bundle is for; a key without one commands nothing."""

    OPERATOR = "operator"
    """Looks after visitors and alarms from afar."""
    SAFETY = "safety"
    """Frees or closes doors when people are in danger."""
    MAINTAINER = "maintainer"
    """Looks after the units."""
    RETIRER = "retirer"
    """Ends the mandate of a gate, for good."""
    REPLAY = "replay"
    """Asks for records again, and may do nothing else: the centre itself, whose key lies on a server."""
    PUBLISHER = "publisher"
    """Commands nothing: it tells all gates where newer trust, rules and lists are."""


ROLES: Mapping[Verb, frozenset[Role]] = {
    Verb.RELEASE: frozenset({Role.OPERATOR}),
    Verb.LOCKDOWN: frozenset({Role.OPERATOR, Role.SAFETY}),
    Verb.NORMAL: frozenset({Role.OPERATOR, Role.SAFETY}),
    Verb.EMERGENCY_RELEASE: frozenset({Role.SAFETY}),
    Verb.ACKNOWLEDGE: frozenset({Role.OPERATOR}),
    Verb.DRILL: frozenset({Role.OPERATOR}),
    Verb.RELOAD: frozenset({Role.MAINTAINER}),
    Verb.REPLAY: frozenset({Role.MAINTAINER, Role.REPLAY}),
    Verb.IDENTIFY: frozenset({Role.OPERATOR, Role.SAFETY, Role.MAINTAINER}),
    Verb.DIAGNOSE: frozenset({Role.OPERATOR, Role.SAFETY, Role.MAINTAINER}),
    Verb.RESTART: frozenset({Role.MAINTAINER}),
    Verb.RETIRE: frozenset({Role.RETIRER}),
}
FREES = frozenset({Verb.RELEASE, Verb.NORMAL, Verb.EMERGENCY_RELEASE, Verb.RETIRE})
"""After these somebody may pass who could not before: they need a clock that is set and trust that has not expired."""


@enum.unique
class CommandRefusal(enum.StrEnum):
    """Why a command does not act. The values are part of the contract."""

    RETAINED = "retained"
    QUEUED = "queued"
    """The broker kept it while the gate was away."""
    MALFORMED = "malformed"
    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    KEY_NOT_VALID = "key_not_valid"
    """Withdrawn, expired, or not valid yet."""
    OTHER_GATE = "other_gate"
    UNKNOWN_VERB = "unknown_verb"
    NO_ROLE = "no_role"
    EXPIRED = "expired"
    TOO_FAR_AHEAD = "too_far_ahead"
    """Valid for longer than any command may be."""
    NO_CLOCK = "no_clock"
    STALE_TRUST = "stale_trust"
    REPLAYED = "replayed"
    """Its nonce is not higher than the last one of its key."""
    WRONG_ARGS = "wrong_args"
    NOT_ENABLED = "not_enabled"
    """The site does not let the centre release the strike."""
    TOO_OFTEN = "too_often"
    BUSY = "busy"
    NOT_RECORDED = "not_recorded"
    """The journal took it only when its time was over."""


@dataclass(frozen=True, slots=True)
class Reload:
    """Read the configuration again, and take it up if it is right."""


@dataclass(frozen=True, slots=True)
class Restart:
    """End the service in order; the service manager starts it again."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Send these records again, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Retire:
    """End the gate's mandate: the door stands open for good."""


Work = Reload | Restart | Replay | Retire
"""What the service does, and not the core; of ``Retire`` the core does its part first."""


Task = Order | Work
"""What a command asks for."""


@dataclass(frozen=True, slots=True)
class Commanded:
    """A command whose signature, role, gate and time have been found good. The core still looks at its nonce.

    ``kid`` is lower-case hex, ``by`` names whose key it is in the trust bundle, never a person. ``at_ns`` is when it
    was heard and ``until_ns`` when it stops to count (monotonic). ``request`` is answered with the same number.
    """

    verb: Verb
    task: Task
    transaction: str
    kid: str
    by: str
    nonce: int
    at_ns: int
    until_ns: int
    request: int = 0


@dataclass(frozen=True, slots=True)
class CommandRejected:
    """A command that the core need not look at; kept for the audit. ``more`` are further ones that are alike."""

    reason: CommandRefusal
    verb: str
    kid: str | None
    transaction: str | None
    more: int = 0


@dataclass(frozen=True, slots=True)
class Nonce:
    """The highest nonce that a key has used; committed before the command acts."""

    kid: str
    highest: int
