"""How near the end of the gate's own certificate is, for the alarm and the state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

WARN_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CertificateEnd:
    """``until`` is None without a certificate. ``warn_before``: how long before it somebody has to see to it."""

    until: datetime | None = None
    warn_before: timedelta = WARN_BEFORE
    refused: bool = False
    """The centre will not renew it."""

    def is_near(self, now: datetime) -> bool:
        """Whether somebody has to see to it."""
        return self.until is not None and (self.refused or self.until - now <= self.warn_before)
