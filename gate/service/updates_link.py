"""The link with two listeners: what is for all gates goes to the updates, and everything else to the recorder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gate.ports import Connected, Disconnected, Heard, LinkEvent, Message, Publisher
from gate.service.updates import Updates, is_update


class LinkWithUpdates:
    """``Publisher``."""

    def __init__(self, link: Publisher, updates: Updates) -> None:
        self._link = link
        self._updates = updates

    @property
    def certificate_until(self) -> datetime | None:
        return self._link.certificate_until

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        def told(event: LinkEvent) -> None:
            """On the driver's thread."""
            for_all = isinstance(event, Heard) and is_update(event.topic)
            if for_all or isinstance(event, Connected | Disconnected):
                self._updates.heard(event)
            if not for_all:
                on_event(event)

        self._link.start(told)

    def publish(self, message: Message) -> int:
        return self._link.publish(message)

    def close(self, farewell: Message | None, timeout_s: float) -> None:
        self._link.close(farewell, timeout_s)
