"""Messages that are no records and wait for room: of a retained topic only the newest, of the others a bounded number.

Rules: the greeting goes before everything else; what was handed out is not kept. No clock, no I/O.
"""

from __future__ import annotations

from collections import deque

from gate.ports import Message

MOST = 2_000
"""Messages that are not retained; of more the oldest are forgotten, since a snapshot tells the newest again."""


class Notes:
    """Owned by the outbox."""

    def __init__(self) -> None:
        self._greeting: Message | None = None
        self._newest: dict[str, Message] = {}
        self._others: deque[Message] = deque(maxlen=MOST)

    @property
    def waiting(self) -> bool:
        return self._greeting is not None or bool(self._newest) or bool(self._others)

    def first(self, greeting: Message) -> None:
        """Say this before everything else, and in the place of what was to be said there."""
        self._newest.pop(greeting.topic, None)
        self._greeting = greeting

    def add(self, note: Message) -> None:
        if note.retain:
            self._newest.pop(note.topic, None)
            self._newest[note.topic] = note
        else:
            self._others.append(note)

    def again(self, note: Message) -> None:
        """It was handed back; where something newer stands in its place already, it is not said any more."""
        if not note.retain or note.topic not in self._newest:
            self.add(note)

    def take(self, room: int, most: int) -> list[Message]:
        """The greeting if there is room, and at most so many others; they are then not here any more."""
        taken: list[Message] = []
        if self._greeting is not None and room > 0:
            taken, self._greeting = [self._greeting], None
        most = min(most + len(taken), room)
        while len(taken) < most and (self._others or self._newest):
            taken.append(self._next())
        return taken

    def _next(self) -> Message:
        return self._others.popleft() if self._others else self._newest.pop(next(iter(self._newest)))
