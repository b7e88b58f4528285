"""Two observations that should agree, and do not for longer than switching takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Contradiction:
    """Tells once that it lasts and once that it is over. Times are monotonic ns."""

    settle_ns: int
    lasts: bool = False
    _since_ns: int | None = None

    def look(self, now_ns: int, *, agree: bool) -> bool:
        """Whether ``lasts`` has just changed."""
        if agree:
            changed, self.lasts, self._since_ns = self.lasts, False, None
            return changed
        if self._since_ns is None:
            self._since_ns = now_ns
        if self.lasts or now_ns < self._since_ns + self.settle_ns:
            return False
        self.lasts = True
        return True

    @property
    def deadline_ns(self) -> int | None:
        """When it begins to last."""
        return None if self.lasts or self._since_ns is None else self._since_ns + self.settle_ns
