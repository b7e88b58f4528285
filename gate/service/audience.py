"""Whether somebody has subscribed: when nobody has, everything waits, and each feed is asked for now and then.

Rules: a broker says of a message, not of a subscriber, that nobody is there for it, so one record of each feed is sent,
the oldest first, one at a time, until one is taken. A feed that nobody wants while others are taken is silent: it holds
up nothing. The numbers given back say with which record to begin again. No clock, no I/O but the log.
"""

from __future__ import annotations

import enum
import logging

log = logging.getLogger(__name__)

FIRST_WAIT_S = 0.5
LAST_WAIT_S = 15.0


@enum.unique
class _State(enum.Enum):
    THERE = enum.auto()
    WAITING = enum.auto()
    ASKING = enum.auto()


class Audience:
    """Who listens, as far as the broker's answers tell."""

    def __init__(self) -> None:
        self.silent: dict[str, int] = {}
        """Feeds that nobody has subscribed to, and the oldest record of each that was sent for nothing."""
        self.ask_at_s = 0.0
        self._state = _State.THERE
        self._wait_s = FIRST_WAIT_S
        self._told = False

    @property
    def waiting(self) -> bool:
        """Nothing is to be sent until ``ask_at_s``."""
        return self._state is _State.WAITING

    @property
    def asking(self) -> bool:
        """One message at a time, and none of a feed that is silent."""
        return self._state is _State.ASKING

    def nobody(self, seq: int, feed: str, reason: str, now_s: float) -> int | None:
        """Nobody is there for this record."""
        known = feed in self.silent
        self.silent[feed] = min(seq, self.silent.get(feed, seq))
        if self._state is _State.THERE and not known:
            self._tell(reason)
            self._wait(now_s)
        return self._oldest() if self.waiting else None

    def nobody_answered(self, now_s: float) -> int | None:
        """Every feed was asked for and nothing is left to send."""
        if self.silent:
            self._wait(now_s)
        else:
            self._state = _State.THERE
        return self._oldest()

    def heard(self, feed: str) -> int | None:
        """A record of this feed was taken: no reason to wait."""
        if self._told:
            log.info("the broker takes events again")
        self._told = False
        self._begin()
        return self.silent.pop(feed, None)

    def new(self) -> int | None:
        """A new connection: nothing is known."""
        oldest = self._oldest()
        self.silent.clear()
        self._begin()
        return oldest

    def pass_time(self, now_s: float) -> None:
        """Ask again when it is time."""
        if self.waiting and now_s >= self.ask_at_s:
            self._state = _State.ASKING
            self.silent.clear()

    def _begin(self) -> None:
        self._state, self._wait_s = _State.THERE, FIRST_WAIT_S

    def _wait(self, now_s: float) -> None:
        self._state, self.ask_at_s = _State.WAITING, now_s + self._wait_s
        self._wait_s = min(2 * self._wait_s, LAST_WAIT_S)

    def _oldest(self) -> int | None:
        return min(self.silent.values(), default=None)

    def _tell(self, reason: str) -> None:
        if not self._told:
            log.info("the broker takes no events now: %s; they are kept and tried again", reason)
        self._told = True
