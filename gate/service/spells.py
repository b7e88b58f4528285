"""What fails again and again: each spell of failures is told once, and ever more rarely."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Spells:
    """Of several parts, by name. A spell lasts until its part works again."""

    _failing: set[str] = field(default_factory=set)
    _begun: Counter[str] = field(default_factory=Counter)
    """How often each part began to fail."""

    def told(self, name: str, *, failing: bool) -> int:
        """Take in how a part does; the number of a spell that is to be told (1, 2, 4, 8, …), else 0."""
        if not failing:
            self._failing.discard(name)
        if not failing or name in self._failing:
            return 0
        self._failing.add(name)
        self._begun[name] += 1
        times = self._begun[name]
        return times if times & (times - 1) == 0 else 0
