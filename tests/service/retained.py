"""What a broker would retain of the messages that were given to it; each is held to the contract first."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gate.ports import Message
from tests.wire.validate import check_sent


@dataclass(slots=True)
class Retained:
    """By leaf, as JSON; ``passed`` are the leaves of what was not retained."""

    standing: dict[str, Any] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    count: int = 0

    def take(self, messages: Iterable[Message]) -> None:
        for message in messages:
            check_sent(message)
            self.count += 1
            leaf = message.topic.split("/", 4)[4]
            if not message.retain:
                self.passed.append(leaf)
            elif message.payload:
                self.standing[leaf] = json.loads(message.payload)
            else:
                self.standing.pop(leaf, None)

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.standing["state"]
        return found

    def alarms(self) -> dict[int, dict[str, Any]]:
        """The open ones by number."""
        return {one["alarm"]: one for leaf, one in self.standing.items() if leaf.startswith("alarm/")}
