"""The desk of the centre's commands: one answer each, bounded in everything, and exact about what it turned away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gate.access.answers import Reply
from gate.access.command import Commanded, CommandRefusal, CommandRejected, Reload, Replay, Restart, Retire, Task, Verb
from gate.access.effects import Answer
from gate.access.modes import DoorMode
from gate.access.orders import Acknowledge, Drill, RemoteRelease, Report, SelfTest, SetMode
from gate.credential.instant import Instant
from gate.credential.model import Colour
from gate.ports import Heard, Message
from gate.service.command_tasks import MOST_REPLAYED, TASKS, task_of
from gate.service.commands import MOST_OPEN, REFUSALS_ANSWERED, CommandDesk, CommandPosts
from gate.service.control_verbs import Reasons, WrongRequest
from gate.service.errands import Errands
from gate.wire import command
from gate.wire.command import Response
from tests.wire.commands import Staff, bundle_of
from tests.wire.examples import IDENTITY, NOON, ULID_A

STAFF = Staff()
REASONS = Reasons(("officer_present", "urgent_service"), ("unwell",))


class Bench:
    """A desk, what it posted, and a clock that stands until it is moved."""

    def __init__(self, room: int = 10**6) -> None:
        self._now = NOON
        self.room = room
        self.commanded: list[Commanded] = []
        self.rejected: list[CommandRejected] = []
        bundle = bundle_of(STAFF.issuer())
        posts = CommandPosts(self.commanded.append, self._reject)
        self.desk = CommandDesk(IDENTITY, lambda: bundle, REASONS, posts, self)

    def now(self) -> Instant:
        return self._now

    def _reject(self, one: CommandRejected) -> bool:
        if len(self.rejected) >= self.room:
            return False
        self.rejected.append(one)
        return True

    def hear(
        self, payload: bytes, verb: str = "release", *, retained: bool = False, queued: bool = False
    ) -> list[Response]:
        return responses(self.desk.heard(Heard(f"gate/v1/jkt-01/front/cmd/{verb}", payload, retained, queued)))

    def pass_s(self, seconds: float) -> None:
        self._now = replace(self._now, mono_ns=self._now.mono_ns + int(seconds * 1e9))


def responses(messages: list[Message]) -> list[Response]:
    read = [command.read_response(message.payload) for message in messages]
    assert all(message.topic.startswith("gate/v1/jkt-01/front/res/") for message in messages)
    assert all((message.retain, message.expiry_s) == (False, 60) for message in messages)
    return [one for one in read if isinstance(one, Response)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_command_goes_to_the_core_and_its_reply_to_who_sent_it(bench: Bench) -> None:
    assert bench.hear(STAFF.signed(args={"reason": "urgent_service"})) == []
    (posted,) = bench.commanded
    assert posted.task == RemoteRelease("urgent_service", None)
    assert posted.until_ns - posted.at_ns == 14_999_544_000
    (answer,) = responses(bench.desk.answered(Answer(posted.request, Reply(done=True, text="released")), {}))
    assert answer == Response(ULID_A, "done", "released")
    assert bench.desk.answered(Answer(posted.request, Reply(done=True, text="again")), {}) == []


@pytest.mark.parametrize(
    ("retained", "queued", "why"), [(True, False, "retained"), (False, True, "queued"), (True, True, "retained")]
)
def test_a_genuine_command_that_is_retained_or_was_kept_never_reaches_the_core(
    bench: Bench, *, retained: bool, queued: bool, why: str
) -> None:
    (answer,) = bench.hear(STAFF.signed(), retained=retained, queued=queued)
    assert (answer.status, answer.error) == ("refused", why)
    assert bench.commanded == []
    assert bench.rejected == [CommandRejected(CommandRefusal(why), "release", STAFF.kid, ULID_A)]


def test_clearing_a_retained_message_is_no_command(bench: Bench) -> None:
    assert bench.hear(b"", retained=True) == []
    assert bench.rejected == []


def test_wrong_arguments_are_told_to_the_sender_and_not_to_the_journal(bench: Bench) -> None:
    (answer,) = bench.hear(STAFF.signed(args={"reason": "Siti Rahma"}))
    assert "must be one of" in answer.text
    assert bench.rejected == [CommandRejected(CommandRefusal.WRONG_ARGS, "release", STAFF.kid, ULID_A)]


def test_who_proves_nothing_is_answered_so_often_and_counted_always(bench: Bench) -> None:
    forged = Staff().signed()
    answers = [bench.hear(forged) for _ in range(100)]
    assert sum(map(len, answers)) == REFUSALS_ANSWERED
    assert len(bench.rejected) == 100
    bench.pass_s(1)
    assert len(bench.hear(forged)) == 1


def test_what_the_core_has_no_room_for_is_counted_and_told_later() -> None:
    bench = Bench(room=3)
    for _ in range(10):
        bench.hear(b"{}")
    bench.room = 10**6
    bench.desk.turn()
    assert sum(1 + one.more for one in bench.rejected) == 10
    bench.room = len(bench.rejected)
    bench.hear(b"{}")
    bench.room = 10**6
    bench.hear(b"{}")
    assert sum(1 + one.more for one in bench.rejected) == 12
    bench.desk.turn()
    assert sum(1 + one.more for one in bench.rejected) == 12


def test_a_command_that_the_core_does_not_answer_is_given_up_in_words(bench: Bench) -> None:
    bench.hear(STAFF.signed())
    bench.pass_s(4.9)
    assert bench.desk.turn() == []
    bench.pass_s(0.2)
    (answer,) = responses(bench.desk.turn())
    assert answer.status == "no_answer"
    assert bench.desk.turn() == []


def test_commands_that_wait_are_bounded(bench: Bench) -> None:
    for _ in range(MOST_OPEN):
        assert bench.hear(STAFF.signed(Verb.DIAGNOSE), "diagnose") == []
    (answer,) = bench.hear(STAFF.signed(Verb.DIAGNOSE), "diagnose")
    assert answer.error == "busy"
    assert len(bench.commanded) == MOST_OPEN


@pytest.mark.parametrize(
    ("verb", "args", "task"),
    [
        (Verb.RELEASE, {}, RemoteRelease("officer_present", None)),
        (Verb.RELEASE, {"visit": 7}, RemoteRelease("officer_present", 7)),
        (Verb.LOCKDOWN, {}, SetMode(DoorMode.LOCKED_DOWN)),
        (Verb.NORMAL, {}, SetMode(DoorMode.LOCKED)),
        (Verb.EMERGENCY_RELEASE, {}, SetMode(DoorMode.LOCKED_OPEN)),
        (Verb.ACKNOWLEDGE, {"alarm": 2}, Acknowledge(2)),
        (Verb.DRILL, {"colour": "red"}, Drill(Colour.RED)),
        (Verb.RELOAD, {}, Reload()),
        (Verb.REPLAY, {"from": 1, "to": MOST_REPLAYED}, Replay(1, MOST_REPLAYED)),
        (Verb.IDENTIFY, {}, SelfTest(relay=False)),
        (Verb.DIAGNOSE, {}, Report()),
        (Verb.RESTART, {}, Restart()),
        (Verb.RETIRE, {}, Retire()),
    ],
)
def test_what_each_verb_asks_for(verb: Verb, args: dict[str, Any], task: Task) -> None:
    assert task_of(verb, args, REASONS) == task
    with pytest.raises(WrongRequest):
        task_of(verb, args | {"force": True}, REASONS)


def test_every_verb_has_a_task() -> None:
    assert set(TASKS) == set(Verb)


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        (Verb.REPLAY, {"from": 1}),
        (Verb.REPLAY, {"from": 5, "to": 4}),
        (Verb.REPLAY, {"from": 1, "to": MOST_REPLAYED + 1}),
        (Verb.REPLAY, {"from": -1, "to": 2}),
        (Verb.DRILL, {"colour": "green"}),
        (Verb.ACKNOWLEDGE, {"alarm": "all"}),
        (Verb.RELEASE, {"visit": True}),
    ],
)
def test_arguments_that_no_verb_takes(verb: Verb, args: dict[str, Any]) -> None:
    with pytest.raises(WrongRequest):
        task_of(verb, args, REASONS)


def test_all_work_is_answered_before_it_begins() -> None:
    done: list[str] = []
    errands = Errands(None, lambda: None, lambda: done.append("restart"))  # type: ignore[arg-type, return-value]  # any two equal values
    for work, then_restarts in ((Reload(), False), (Restart(), True), (Retire(), False)):
        reply, then = errands.perform(work)
        assert reply.text
        assert (then is not None) is then_restarts
