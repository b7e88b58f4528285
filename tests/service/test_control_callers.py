"""The local control with real callers, of this account and of others, on a real socket."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gate.access.answers import Reply
from gate.access.effects import Answer
from gate.access.orders import Acknowledge, Admit, Report
from gate.access.signals import ControlRefused
from gate.adapters.local_socket.control import IDLE_S, LONGEST_LINE, MOST_CALLERS, MOST_STRANGERS
from gate.adapters.local_socket.line_server import MOST_UNSENT
from gate.service.control import ANSWER_S, STOPPING
from gate.service.control_verbs import VERBS, audited
from gate.wire.control import Answered, Request, Result, read_answer, request_line
from tests.accounts import STRANGER, account, needs_root
from tests.line_client import LONG_S, LineClient
from tests.service.control_gate import OFFICERS_GID, ControlledGate, controlled_gate, done
from tests.service.test_control import STATUS


class Client(LineClient):
    """Speaks to the local control."""

    def answer(self) -> Answered:
        read = read_answer(self.heard())
        assert isinstance(read, Answered), read
        return read

    def send_if_there(self, line: bytes) -> None:
        with contextlib.suppress(OSError):
            self.send(line)

    def ask(self, verb: str, number: int | None = None, **args: object) -> Answered:
        self.send(request_line(Request(verb, args, number)))
        return self.answer()


class Callers:
    """Makes clients of one gate."""

    def __init__(self, gate: ControlledGate) -> None:
        self.gate = gate
        self.made: list[Client] = []

    def __call__(self) -> Client:
        self.made.append(Client(self.gate.path))
        return self.made[-1]

    def leave(self) -> None:
        for client in self.made:
            client.close()


@pytest.fixture
def gate() -> Iterator[ControlledGate]:
    with controlled_gate() as made:
        yield made


@pytest.fixture
def call(gate: ControlledGate) -> Iterator[Callers]:
    callers = Callers(gate)
    yield callers
    callers.leave()


def test_the_own_account_may_give_orders_and_is_named_by_its_number(gate: ControlledGate, call: Callers) -> None:
    assert call().ask("admit", 8, reason="known") == Answered(Result.DONE, "done so", id=8)
    (ordered,) = gate.ordered
    assert ordered.by == f"uid-{os.geteuid()}"
    assert ordered.order == Admit("known")
    assert 0 <= time.monotonic_ns() - ordered.at_ns < LONG_S * 1e9


def test_everybody_may_connect(gate: ControlledGate) -> None:
    assert gate.path.stat().st_mode & 0o777 == 0o666


def test_garbage_is_answered_and_the_talk_goes_on(call: Callers) -> None:
    client = call()
    client.send(b"\xff\xfe\n\n[1]\n" + b"[" * (LONGEST_LINE - 1) + b"\n")
    for _ in range(4):
        assert client.answer().result is Result.WRONG
    assert client.ask("status").result is Result.DONE


def test_several_clients_are_each_told_their_own(gate: ControlledGate, call: Callers) -> None:
    gate.reply = lambda ordered: Reply(done=True, text=str(ordered.order))
    clients = [call() for _ in range(5)]
    for number, client in enumerate(clients, 1):
        for again in range(3):
            client.send(request_line(Request("ack", {"alarm": number}, id=again)))
    for number, client in enumerate(clients, 1):
        answers = [client.answer() for _ in range(3)]
        assert {answer.text for answer in answers} == {str(Acknowledge(number))}
        assert [answer.id for answer in answers] == [0, 1, 2]


def test_an_answer_comes_at_once(call: Callers) -> None:
    client = call()
    begun_s = time.monotonic()
    for _ in range(20):
        client.ask("status")
    assert time.monotonic() - begun_s < 2


def test_a_line_without_an_end_is_hung_up_on(call: Callers) -> None:
    client = call()
    client.send(b"x" * (LONGEST_LINE + 1))
    assert client.ended()
    assert call().ask("status").result is Result.DONE


def test_a_client_that_does_not_read_is_hung_up_on_and_holds_nobody_up(gate: ControlledGate, call: Callers) -> None:
    gate.reply = lambda _: Reply(done=True, text="x" * 50_000)
    sleeps, reads = call(), call()
    for _ in range(3 * MOST_UNSENT // 50_000):
        try:
            sleeps.send(request_line(Request("status")))
        except OSError:
            break
        assert reads.ask("status").result is Result.DONE
    assert len(gate.socket.server.clients) == 1
    assert gate.worker.silent_s() < 1


def test_a_client_that_has_gone_needs_no_answer(gate: ControlledGate, call: Callers) -> None:
    gate.reply = lambda ordered: done(ordered) if isinstance(ordered.order, Report) else None
    client = call()
    client.send(request_line(Request("lockdown")))
    gate.wait(lambda: len(gate.ordered) == 1)
    client.close()
    other = call()
    assert other.ask("status").result is Result.DONE
    gate.control.answer(Answer(gate.ordered[0].request, Reply(done=True, text="nobody hears it")))
    assert other.ask("status").result is Result.DONE


def test_a_caller_who_leaves_in_the_middle_is_not_taken_for_somebody_else(gate: ControlledGate, call: Callers) -> None:
    for _ in range(10):
        client = call()
        client.send(b"garbage\n" + 2 * request_line(Request("emergency")))
        client.close()
    assert call().ask("status").result is Result.DONE
    assert gate.refused == []
    assert {ordered.by for ordered in gate.ordered} == {f"uid-{os.geteuid()}"}


def test_whoever_says_nothing_for_long_is_hung_up_on(gate: ControlledGate, call: Callers) -> None:
    gate.reply = lambda ordered: done(ordered) if isinstance(ordered.order, Report) else None
    silent, begun, waits, talks = call(), call(), call(), call()
    for client in (silent, begun, waits, talks):
        assert client.ask("status").result is Result.DONE
    waits.send(request_line(Request("lockdown")))
    gate.wait(lambda: any(not isinstance(ordered.order, Report) for ordered in gate.ordered))
    gate.socket.idle_s = 0.3
    ends = time.monotonic() + LONG_S
    while len(gate.socket.server.clients) > 1:
        assert time.monotonic() < ends
        begun.send_if_there(b"x")  # no line, so nothing was said
        assert talks.ask("status").result is Result.DONE
    assert silent.ended()
    assert waits.ended()
    assert talks.ask("status").result is Result.DONE


def test_a_caller_may_be_silent_for_longer_than_an_answer_takes() -> None:
    assert IDLE_S > 2 * ANSWER_S


def test_a_crowd_of_callers_is_bounded(call: Callers) -> None:
    first = call()
    for _ in range(MOST_CALLERS - 1):
        call()
    assert call().ended()
    assert first.ask("status").result is Result.DONE


def test_the_end_of_the_service_is_told(gate: ControlledGate, call: Callers) -> None:
    gate.reply = lambda _: None
    client = call()
    client.send(request_line(Request("emergency")))
    gate.wait(lambda: len(gate.ordered) == 1)
    gate.stop()
    assert client.answer() == Answered(Result.NO_ANSWER, STOPPING)
    assert client.ended()
    assert not gate.path.exists()


@needs_root
class TestAnotherAccount:
    @pytest.mark.parametrize("verb", [*VERBS, "open"])
    def test_is_refused_audited_and_hung_up_on(self, gate: ControlledGate, call: Callers, verb: str) -> None:
        with account():
            client = call()
        told = client.ask(verb)
        assert told.result is Result.NOT_ALLOWED
        assert told.text == (
            "you are not in the group gate-officers: sudo adduser NAME gate-officers, then log in again"
        )
        assert client.ended()
        assert gate.refused == [ControlRefused(f"uid-{STRANGER}", audited(verb))]
        assert gate.ordered == []

    def test_of_the_group_may_give_orders(self, gate: ControlledGate, call: Callers) -> None:
        with account(STRANGER, STRANGER, 1, OFFICERS_GID, 2):
            second = call()
        with account(STRANGER + 1, OFFICERS_GID):
            first = call()
        assert first.ask("normal").result is second.ask("unlock").result is Result.DONE
        assert [ordered.by for ordered in gate.ordered] == [f"uid-{STRANGER + 1}", f"uid-{STRANGER}"]

    def test_is_judged_by_who_it_was_when_it_connected(self, gate: ControlledGate, call: Callers) -> None:
        with account():
            client = call()
        assert client.ask("status").result is Result.NOT_ALLOWED, "though root speaks now"
        assert len(gate.refused) == 1

    def test_says_several_things_at_once_and_is_heard_once(self, gate: ControlledGate, call: Callers) -> None:
        with account():
            client = call()
        client.send(3 * request_line(Request("emergency")))
        assert client.answer().result is Result.NOT_ALLOWED
        assert client.ended()
        assert len(gate.refused) == 1

    def test_cannot_take_the_places_of_those_who_may(self, gate: ControlledGate, call: Callers) -> None:
        officer = call()
        with account():
            crowd = [call() for _ in range(MOST_STRANGERS + 3)]
        assert all(client.ended() for client in crowd[:3])
        assert officer.ask("status").result is call().ask("status").result is Result.DONE
        assert len(gate.socket.server.clients) == MOST_STRANGERS + 2

    def test_does_not_need_more_groups_than_can_be_told(self, gate: ControlledGate, call: Callers) -> None:
        with account(STRANGER, STRANGER, *range(70_000, 70_255), OFFICERS_GID):
            most = call()
        with account(STRANGER, STRANGER, *range(70_000, 70_300), OFFICERS_GID):
            more = call()
        assert most.ask("status").result is Result.DONE
        assert more.ask("status").result is Result.NOT_ALLOWED
        assert gate.worker.error is None


def test_a_status_is_one_line_however_it_is_filled() -> None:
    texts = "line\nbreak\u2028\x1b[31m"
    status = replace(STATUS, alarms=(replace(STATUS.alarms[0], detail=texts),))
    with controlled_gate(lambda _: Reply(done=True, text=texts, status=status)) as gate:
        client = Client(gate.path)
        told = client.ask("status")
        client.close()
    assert told.text == texts
    assert json.loads(json.dumps(told.status))["alarms"][0]["detail"] == texts
