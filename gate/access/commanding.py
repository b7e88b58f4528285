"""The centre's commands in the core: each is recorded with its nonce, and acts when that is on the disk.

Rules: a nonce counts once, from the moment of the record on, whatever happens then; what is refused is recorded, the
first of its kind at once and those of the next moments together, so that a flood does not fill the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gate.access.answers import Reply
from gate.access.command import Commanded, CommandRefusal, CommandRejected, Nonce, Reload, Replay, Restart, Retire, Verb
from gate.access.command_events import CommandEnded, CommandRefused, CommandTaken
from gate.access.effects import Answer, Errand
from gate.access.ledger import Ledger
from gate.access.settings import Settings
from gate.access.signals import Ordered
from gate.credential.instant import Instant

MOST_KEYS = 256
"""Nonces that are kept; of more the lowest are forgotten, which belong to keys that have not spoken for longest."""
MOST_WAITING = 16
"""Commands that wait for their record."""
MOST_KINDS = 16
"""Refusals that are counted apart at a time; what else comes is counted together."""

TEXTS = {
    CommandRefusal.REPLAYED: "its nonce was used before: sign it again",
    CommandRefusal.NOT_ENABLED: "this site does not let the centre release the strike (remote.release)",
    CommandRefusal.TOO_OFTEN: "the strike was released from afar a moment ago: wait, and sign it again",
    CommandRefusal.BUSY: "too many commands wait for their record: try again",
    CommandRefusal.NOT_RECORDED: "the journal took too long, so nothing was done: try again",
}

Kind = tuple[CommandRefusal, str | None]


@dataclass(slots=True)
class Commanding:
    """Takes commands in. ``act`` does what an order asks; its answer goes out under the command's number."""

    settings: Settings
    ledger: Ledger
    act: Callable[[Ordered, Instant], None]
    retire: Callable[[str, Instant], str | None]
    """Ends the gate's mandate in the name of somebody; why not, where it cannot be."""
    deadline_ns: int | None = None
    """When those that were refused since are recorded (monotonic)."""
    _waiting: dict[int, Commanded] = field(default_factory=dict)
    """By the ticket of the record."""
    _released_ns: int | None = None
    _counted: dict[Kind, CommandRejected] = field(default_factory=dict)
    """Of each kind recorded lately: the newest, with how many there were since its record."""

    def commanded(self, command: Commanded, now: Instant) -> None:
        """Record it, or refuse it."""
        problem = self._problem(command, now)
        if problem is not None:
            self._refuse(command, problem, now)
            return
        if command.verb is Verb.RELEASE:
            self._released_ns = now.mono_ns
        self._use_up(command)
        taken = CommandTaken(now, command.transaction, command.verb, command.kid, command.by, command.nonce)
        self._waiting[self.ledger.persist(taken, now)] = command

    def recorded(self, ticket: int, now: Instant) -> None:
        """Its nonce is on the disk: now it acts, if its time is not over."""
        command = self._waiting.pop(ticket, None)
        if command is None:
            return
        reason = CommandRefusal.NOT_RECORDED if now.mono_ns >= command.until_ns else None
        if reason is None:
            self._perform(command, now)
        else:
            self._answer(command, TEXTS[reason])
        reply = self.ledger.answered(command.request)
        done = reply.done if reply is not None else reason is None
        self.ledger.persist(CommandEnded(now, command.transaction, command.verb, done, reason), now)

    def _perform(self, command: Commanded, now: Instant) -> None:
        task = command.task
        match task:
            case Reload() | Restart() | Replay():
                self.ledger.ask(Errand(command.request, task))
            case Retire():
                problem = self.retire(_by(command), now)
                if problem is None:
                    self.ledger.ask(Errand(command.request, task))
                else:
                    self._answer(command, problem)
            case _:
                self.act(Ordered(task, _by(command), command.at_ns, command.request), now)

    def _problem(self, command: Commanded, now: Instant) -> CommandRefusal | None:
        if command.nonce <= self._highest(command.kid):
            return CommandRefusal.REPLAYED
        if len(self._waiting) >= MOST_WAITING:
            return CommandRefusal.BUSY
        if command.verb is not Verb.RELEASE:
            return None
        if not self.settings.remote_release:
            return CommandRefusal.NOT_ENABLED
        since = self._released_ns
        if since is not None and now.mono_ns - since < self.settings.remote_release_pause_ns:
            return CommandRefusal.TOO_OFTEN
        return None

    def _highest(self, kid: str) -> int:
        return next((one.highest for one in self.ledger.memory.nonces if one.kid == kid), -1)

    def _use_up(self, command: Commanded) -> None:
        others = [one for one in self.ledger.memory.nonces if one.kid != command.kid]
        kept = sorted(others, key=lambda one: one.highest)[-(MOST_KEYS - 1) :]
        self.ledger.remember(nonces=(*kept, Nonce(command.kid, command.nonce)))

    def _refuse(self, command: Commanded, reason: CommandRefusal, now: Instant) -> None:
        self._answer(command, TEXTS[reason])
        self.rejected(CommandRejected(reason, command.verb.value, command.kid, command.transaction), now)

    def _answer(self, command: Commanded, text: str) -> None:
        if command.request:
            self.ledger.ask(Answer(command.request, Reply(done=False, text=text)))

    # The audit of what was refused.

    def rejected(self, refused: CommandRejected, now: Instant) -> None:
        """Record the first of its kind, and count those that come soon after it."""
        kind = self._kind(refused)
        before = self._counted.get(kind)
        if before is not None:
            self._counted[kind] = replace(refused, more=before.more + refused.more + 1)
            return
        if self.deadline_ns is None:
            self.deadline_ns = now.mono_ns + self.settings.refusals_ns
        self._counted[kind] = replace(refused, more=0)
        self._record(refused, now)

    def due(self, now: Instant) -> None:
        """Record those that came since the last record."""
        if self.deadline_ns is not None and now.mono_ns >= self.deadline_ns:
            again = self.flush(now)
            self.deadline_ns = now.mono_ns + self.settings.refusals_ns if again else None

    def flush(self, now: Instant) -> bool:
        """Nothing that was counted is left untold; whether there was anything."""
        counted = {kind: one for kind, one in self._counted.items() if one.more}
        for one in counted.values():
            self._record(replace(one, more=one.more - 1), now)
        self._counted = {kind: replace(one, more=0) for kind, one in counted.items()}
        return bool(counted)

    def _kind(self, refused: CommandRejected) -> Kind:
        kind = refused.reason, refused.kid
        if kind in self._counted or len(self._counted) < MOST_KINDS:
            return kind
        return refused.reason, None

    def _record(self, one: CommandRejected, now: Instant) -> None:
        self.ledger.persist(CommandRefused(now, one.reason, one.verb, one.kid, one.transaction, one.more), now)


def _by(command: Commanded) -> str:
    return f"centre:{command.kid}"
