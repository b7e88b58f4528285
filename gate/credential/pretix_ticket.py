"""What a pretix ticket states: which product, from when to when, and the seed that makes it one of its kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from gate.credential import protobuf
from gate.credential.errors import MalformedError

SEED, ITEM, VARIATION, SUBEVENT, VALID_FROM, VALID_UNTIL = range(1, 7)
"""The numbers of its fields."""

MAX_SEED = 64
_LAST_S = 253402300799
"""The last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """All that a ticket states; ``item``, ``variation`` and ``subevent`` are numbers of its organiser."""

    seed: bytes = field(repr=False)
    item: int
    variation: int
    subevent: int
    not_before: datetime | None
    not_after: datetime | None
    issuer: None = None
    """It names none."""

    @property
    def usage(self) -> str:
        """What a key must be good for that signs it: just this product."""
        return f"item-{self.item}"

    @property
    def stable_id(self) -> bytes:
        return self.seed


def read(payload: bytes) -> Ticket:
    """The ticket of a payload; unknown fields are ignored. Raises ``MalformedError``."""
    fields = protobuf.read(payload)
    seed = fields.get(SEED)
    if not isinstance(seed, bytes) or not 0 < len(seed) <= MAX_SEED:
        raise MalformedError(f"the ticket has no seed of 1 to {MAX_SEED} bytes")
    item, variation, subevent = (_number(fields, number) for number in (ITEM, VARIATION, SUBEVENT))
    return Ticket(seed, item, variation, subevent, _time(fields, VALID_FROM), _time(fields, VALID_UNTIL))


def _number(fields: dict[int, protobuf.Value], number: int) -> int:
    value = fields.get(number, 0)
    if not isinstance(value, int) or (value := protobuf.signed(value)) < 0:
        raise MalformedError("a number of the ticket is not one")
    return value


def _time(fields: dict[int, protobuf.Value], number: int) -> datetime | None:
    """Seconds since 1970; 0 and a missing one mean that there is no limit."""
    value = _number(fields, number)
    if value > _LAST_S:
        raise MalformedError("a time of the ticket is past the year 9999")
    return datetime.fromtimestamp(value, UTC) if value else None
