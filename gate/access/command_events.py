"""What is remembered of the centre's commands: taken before it acts, ended after it, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gate.access.command import CommandRefusal, Verb
from gate.credential.instant import Instant


@dataclass(frozen=True, slots=True)
class CommandTaken:
    """A command is going to act. Its nonce is committed with this record, so it can never act twice."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.command_taken"

    at: Instant
    transaction: str
    verb: Verb
    kid: str
    by: str
    nonce: int


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """What became of a command that was taken; a kill in between leaves it without this record, and without effect."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.command_ended"

    at: Instant
    transaction: str
    verb: Verb
    done: bool
    reason: CommandRefusal | None = None
    """Why it did not act, where that is not the door's own business."""


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A command did not act. ``more`` counts further ones, with the same reason and key, without a record of their own.

    Where nobody's signature vouches for it, ``kid`` and ``transaction`` are only what the message says of itself.
    """

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.command_refused"

    at: Instant
    reason: CommandRefusal
    verb: str
    kid: str | None
    transaction: str | None
    more: int


@dataclass(frozen=True, slots=True)
class Retired:
    """The gate's mandate has ended: the door stands open, and nobody is looked at any more."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.retired"

    at: Instant
    by: str
