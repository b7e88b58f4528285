"""``ports.Notifier`` of a machine without a service manager."""

from __future__ import annotations


class QuietNotifier:
    """Tells nobody."""

    def ready(self, status: str) -> None: ...

    def watchdog(self) -> None: ...

    def status(self, text: str) -> None: ...

    def stopping(self) -> None: ...
