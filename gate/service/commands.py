"""The desk of the centre's commands: what the link hears is proved and handed to the core, and every answer goes out.

Rules: it belongs to the recorder's thread; a message that is retained, was kept by the broker, or is not proven never
reaches the door, and the core is told of it; who proves nothing is answered only now and then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import Any

from gate.access.answers import Reply
from gate.access.command import Commanded, CommandRefusal, CommandRejected, Verb
from gate.access.effects import Answer
from gate.credential.trust import TrustBundle
from gate.ports import Clock, Heard, Message
from gate.service.command_tasks import task_of
from gate.service.control_verbs import Reasons, WrongRequest
from gate.wire import command
from gate.wire.command import Proven, Refused, Response
from gate.wire.topics import Identity

ANSWER_NS = 5_000_000_000
MOST_OPEN = 64
"""Commands that wait for their answer."""
REFUSALS_ANSWERED = 20
"""In one second; of more the sender hears nothing, and the audit counts them."""
_SECOND_NS = 1_000_000_000

NO_ANSWER = "the gate did not answer itself in time; the command may still take effect: look at the door"
TEXTS: Mapping[CommandRefusal, str] = {
    CommandRefusal.RETAINED: "it must not be retained: clear it with an empty retained message, and send it anew",
    CommandRefusal.QUEUED: "the gate was away when it was sent: send it again",
    CommandRefusal.MALFORMED: "it is no command of this version",
    CommandRefusal.UNSIGNED: "it is not signed",
    CommandRefusal.UNKNOWN_KEY: "no key of the trust bundle signed it",
    CommandRefusal.BAD_SIGNATURE: "the signature is wrong",
    CommandRefusal.KEY_NOT_VALID: "its key is withdrawn, or does not count now",
    CommandRefusal.OTHER_GATE: "it is for another gate",
    CommandRefusal.UNKNOWN_VERB: "its verb is not known",
    CommandRefusal.NO_ROLE: "its key has no role for this verb",
    CommandRefusal.EXPIRED: "its time is over: compare the clocks, and send it again",
    CommandRefusal.TOO_FAR_AHEAD: "it counts for longer than any command may: compare the clocks",
    CommandRefusal.NO_CLOCK: "the gate's clock is not set, so nothing frees its door from afar",
    CommandRefusal.STALE_TRUST: "the gate's trust bundle has expired, so nothing frees its door from afar",
    CommandRefusal.BUSY: "too many commands wait for their answer: send it again",
}


@dataclass(frozen=True, slots=True)
class CommandPosts:
    """Where the signals go; neither waits. A rejection may be dropped, and ``reject`` says whether it was taken."""

    command: Callable[[Commanded], None]
    reject: Callable[[CommandRejected], bool]


@dataclass(frozen=True, slots=True)
class Open:
    """A command that waits for its answer."""

    verb: Verb
    transaction: str
    due_ns: int


@dataclass(slots=True)
class CommandDesk:
    """Every method gives the messages to publish."""

    identity: Identity
    bundle: Callable[[], TrustBundle]
    reasons: Reasons
    posts: CommandPosts
    clock: Clock
    _numbers: Iterator[int] = field(default_factory=lambda: count(-1, -1))
    """Below zero: those above are of the local control."""
    _open: dict[int, Open] = field(default_factory=dict)
    _unsaid: Counter[CommandRefusal] = field(default_factory=Counter)
    """Rejections for which the core had no room."""
    _second: int = 0
    _answered: int = 0

    def heard(self, heard: Heard) -> list[Message]:
        """Somebody says something on a topic of commands; an empty retained message is how one is cleared."""
        if not heard.payload:
            return []
        found = command.read(heard.topic, heard.payload, self.identity, self.bundle(), self.clock.now())
        if heard.retained or heard.queued:
            found = _refused(found, CommandRefusal.RETAINED if heard.retained else CommandRefusal.QUEUED)
        if isinstance(found, Refused):
            return self._refuse(found, TEXTS[found.reason])
        return self._take(found)

    def answered(self, answer: Answer, figures: Mapping[str, Any]) -> list[Message]:
        """The core's reply, or the service's; ``figures`` go with a status."""
        asked = self._open.pop(answer.request, None)
        if asked is None:
            return []
        reply = answer.reply
        data = {} if reply.status is None else {"door": asdict(reply.status), **figures}
        return [self._message(asked.verb, asked.transaction, "done" if reply.done else "refused", reply, data=data)]

    def turn(self) -> list[Message]:
        """Give up what is overdue, and tell the core of the rejections for which it had no room."""
        for reason, number in list(self._unsaid.items()):
            if self.posts.reject(CommandRejected(reason, command.UNKNOWN, None, None, number - 1)):
                del self._unsaid[reason]
        now_ns = self.clock.now().mono_ns
        overdue = [self._open.pop(number) for number, asked in list(self._open.items()) if asked.due_ns <= now_ns]
        reply = Reply(done=False, text=NO_ANSWER)
        return [self._message(asked.verb, asked.transaction, "no_answer", reply) for asked in overdue]

    def _take(self, proven: Proven) -> list[Message]:
        meant, now_ns = proven.command, self.clock.now().mono_ns
        if len(self._open) >= MOST_OPEN:
            return self._refuse(_refused(proven, CommandRefusal.BUSY), TEXTS[CommandRefusal.BUSY])
        try:
            task = task_of(meant.verb, meant.args, self.reasons)
        except WrongRequest as wrong:
            return self._refuse(_refused(proven, CommandRefusal.WRONG_ARGS), str(wrong))
        number = next(self._numbers)
        self._open[number] = Open(meant.verb, meant.transaction, now_ns + ANSWER_NS)
        self.posts.command(
            Commanded(
                verb=meant.verb,
                task=task,
                transaction=meant.transaction,
                kid=proven.kid,
                by=proven.by,
                nonce=meant.nonce,
                at_ns=now_ns,
                until_ns=now_ns + proven.left_ns,
                request=number,
            )
        )
        return []

    def _refuse(self, refused: Refused, text: str) -> list[Message]:
        told = CommandRejected(refused.reason, refused.verb, refused.kid, refused.transaction)
        if not self.posts.reject(replace(told, more=self._unsaid[told.reason])):
            self._unsaid[told.reason] += 1
        else:
            del self._unsaid[told.reason]
        if refused.transaction is None or not self._may_answer():
            return []
        reply = Reply(done=False, text=text)
        return [self._message(refused.verb, refused.transaction, "refused", reply, error=refused.reason.value)]

    def _may_answer(self) -> bool:
        second = self.clock.now().mono_ns // _SECOND_NS
        if second != self._second:
            self._second, self._answered = second, 0
        self._answered += 1
        return self._answered <= REFUSALS_ANSWERED

    def _message(
        self,
        verb: str,
        transaction: str,
        status: str,
        reply: Reply,
        *,
        error: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Message:
        topic = command.response_topic(verb, command.address(self.identity))
        payload = command.response(Response(transaction, status, reply.text, error, data or {}))
        return Message(topic, payload, False, command.RESPONSE_TYPE, expiry_s=command.RESPONSE_EXPIRY_S)  # noqa: FBT003  (retain)


def _refused(found: Proven | Refused, reason: CommandRefusal) -> Refused:
    if isinstance(found, Refused):
        return replace(found, reason=reason)
    return Refused(reason, found.command.verb.value, found.kid, found.command.transaction)
