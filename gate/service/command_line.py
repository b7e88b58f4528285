"""The centre's commands on the recorder's thread: what the desk says goes out, and the service's own work is done.

What a command asks of the journal is done here: records are sent again, and a retired gate waits until each is
confirmed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gate.access.answers import Reply
from gate.access.command import Replay, Retire
from gate.access.effects import Answer, Errand
from gate.ports import AdapterError, Heard, Journal, Message
from gate.service.commands import CommandDesk
from gate.service.errands import Errands
from gate.wire import command

log = logging.getLogger(__name__)

RETRY_NS = 5_000_000_000
"""After a failure to end the mandate."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the recorder lends. Everything is called on its thread."""

    journal: Journal
    note: Callable[[Message], None]
    again: Callable[[int, int], None]
    """So many records, from this one on, are unconfirmed again."""
    figures: Callable[[], Mapping[str, Any]]
    """Where the records are, for who asks how things stand."""


@dataclass(slots=True)
class CommandLine:
    """Owned by the recorder. ``retiring``: the mandate has ended; what the gate kept may go when all is confirmed."""

    desk: CommandDesk
    errands: Errands
    line: Line
    retiring: bool = False
    _retry_ns: int | None = None
    """When to try again to end the mandate (monotonic), after a failure."""

    def heard(self, heard: Heard) -> bool:
        """Whether this was for the desk."""
        if not command.is_command(heard.topic, self.desk.identity):
            return False
        self._say(self.desk.heard(heard))
        return True

    def take(self, message: Answer | Errand) -> None:
        """The core has answered, or has work."""
        if isinstance(message, Answer):
            self._say(self.desk.answered(message, {"records": self.line.figures()}))
        elif isinstance(message.work, Replay):
            self.take(Answer(message.request, self._replay(message.work)))
        else:
            self.retiring = self.retiring or isinstance(message.work, Retire)
            reply, then = self.errands.perform(message.work)
            self.take(Answer(message.request, reply))
            if then is not None:
                then()

    def turn(self, *, settled: bool) -> None:
        """``settled``: the broker is there, and every event is in the journal."""
        self._say(self.desk.turn())
        if self.retiring and settled:
            self._retire_if_all_is_told()

    def _say(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.line.note(message)

    def _retire_if_all_is_told(self) -> None:
        now_ns = self.desk.clock.now().mono_ns
        if self._retry_ns is not None and now_ns < self._retry_ns:
            return
        try:
            if self.line.journal.backlog():
                return
            self.errands.retire()
        except AdapterError as error:
            if self._retry_ns is None:
                log.warning(
                    "the gate is retired, and keeps its records for now: %s; trying again until it works", error
                )
            self._retry_ns = now_ns + RETRY_NS
            return
        self.retiring = False
        self.errands.restart()

    def _replay(self, wanted: Replay) -> Reply:
        """Send these again: they are unconfirmed from now on, so that it survives whatever comes."""
        try:
            found = self.line.journal.unconfirm(wanted.first, wanted.last)
        except AdapterError:
            return Reply(done=False, text="the journal cannot be written now: try again")
        self.line.again(found, wanted.first)
        return Reply(done=True, text=f"{found} records are sent again")
