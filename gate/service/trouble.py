"""One thing that may fail for a while: when to try it again, and one line in the log for each change."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from gate.ports import AdapterError

log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.1
LAST_RETRY_S = 5.0


@dataclass(slots=True)
class Trouble:
    """Times are monotonic seconds."""

    what: str
    due_s: float | None = None
    _retry_s: float = field(default=FIRST_RETRY_S)

    def waits(self, now_s: float) -> bool:
        return self.due_s is not None and now_s < self.due_s

    def failed(self, error: AdapterError, now_s: float) -> None:
        if self.due_s is None:
            log.error("%s: %s; trying again until it works", self.what, error)
        self.due_s = now_s + self._retry_s
        self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)

    def passed(self) -> None:
        if self.due_s is not None:
            log.info("%s: works again", self.what)
        self.due_s, self._retry_s = None, FIRST_RETRY_S
