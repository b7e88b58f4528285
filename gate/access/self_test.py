"""The self-test: every lamp in turn, the buzzer, and where asked for the relay.

A test of the relay is recorded before the strike moves.
"""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.doorway import Doorway
from gate.access.events import LockResult, SelfTested, SelfTestEnded
from gate.access.inputs import InputLine, Wiring
from gate.access.ledger import Ledger
from gate.access.panel import Panel
from gate.access.patterns import NS_PER_MS, Sign
from gate.access.settings import Settings
from gate.credential.instant import Instant


@dataclass(slots=True)
class SelfTestRun:
    """One test at a time."""

    settings: Settings
    ledger: Ledger
    doorway: Doorway
    panel: Panel
    deadline_ns: int | None = None
    """When the running test ends (monotonic)."""
    _relay_with: int | None = None
    """The ticket that the relay waits for."""
    _bolt_was_free: bool = False
    _relay_moved: bool = False

    def start(self, by: str, now: Instant, *, relay: bool) -> str | None:
        """Begin; why not, where it cannot be."""
        if self.deadline_ns is not None:
            return "a self-test is running"
        if relay and not self.doorway.relay_can_be_tested:
            return "the relay can only be tested at a locked door that is closed, with nobody let in"
        release_ms = self.settings.relay_test_ns // NS_PER_MS if relay else 0
        active = tuple(sorted(line.value for line in self.doorway.active))
        ticket = self.ledger.persist(SelfTested(now, by, relay, release_ms, active), now)
        self._relay_with = ticket if relay else None
        self._bolt_was_free = self._relay_moved = False
        self.deadline_ns = now.mono_ns + self._length_ns()
        self.panel.show(Sign.SELF_TEST, now.mono_ns, self.deadline_ns)
        return None

    def recorded(self, ticket: int, now: Instant) -> None:
        """The test is on record: the relay may move, if that still may be."""
        if ticket == self._relay_with:
            self._relay_with = None
            self._relay_moved = self.doorway.relay_can_be_tested
            self.doorway.test_relay(now)

    def sensed(self, line: InputLine, *, active: bool) -> None:
        """The bolt moved."""
        if line is InputLine.LOCK_MONITOR and active and self._relay_moved:
            self._bolt_was_free = True

    def due(self, now: Instant) -> None:
        """Tell the result when the time is over."""
        if self.deadline_ns is not None and now.mono_ns >= self.deadline_ns:
            self.stop(now)

    def stop(self, now: Instant) -> None:
        """End it, and say what was seen."""
        if self.deadline_ns is not None:
            self.deadline_ns = self._relay_with = None
            self.ledger.persist(SelfTestEnded(now, self._lock()), now)

    def _length_ns(self) -> int:
        pattern = self.settings.patterns[Sign.SELF_TEST]
        longest_ms = max(sum(step.ms for step in track.steps) for track in (pattern.lamps, pattern.buzzer))
        return max(longest_ms * NS_PER_MS, self.settings.relay_test_ns + 2 * self.settings.monitor_settle_ns)

    def _lock(self) -> LockResult:
        if not self._relay_moved:
            return LockResult.NOT_TESTED
        if Wiring.LOCK_MONITOR not in self.settings.wiring:
            return LockResult.UNKNOWN
        back = InputLine.LOCK_MONITOR not in self.doorway.active
        return LockResult.PASSED if self._bolt_was_free and back else LockResult.FAILED
