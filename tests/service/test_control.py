"""The local control: verbs to orders by a table, and requests to answers on a clock that is moved by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gate.access.access_point import BUTTON_REASON
from gate.access.alarm import AlarmKind
from gate.access.answers import AlarmStatus, HoldStatus, Reply, Status
from gate.access.effects import Answer
from gate.access.inputs import InputLine
from gate.access.modes import DoorMode
from gate.access.orders import (
    Acknowledge,
    Admit,
    Attestation,
    Drill,
    FollowUp,
    FollowUpOutcome,
    Order,
    Refuse,
    Report,
    ResetPassback,
    SelfTest,
    SetMode,
    SetOccupancy,
)
from gate.access.signals import ControlRefused, Ordered
from gate.credential.model import Colour
from gate.service.control import ANSWER_S, BUSY, MOST_OPEN, NO_ANSWER, STOPPING, Control, Posts
from gate.service.control_verbs import VERBS, Reasons, WrongRequest, audited, order_of
from gate.wire.control import Answered, Request, Result, read_answer, request_line
from tests.service.control_gate import REASONS
from tests.service.stepped_clock import SteppedClock

ASKED: list[tuple[str, dict[str, Any], Order]] = [
    ("status", {}, Report()),
    ("admit", {}, Admit("officer_present")),
    ("admit", {"visit": 7, "reason": "known", "extended": True}, Admit("known", 7, extended=True)),
    ("admit", {"healthy": True, "protocol": True}, Admit("officer_present", attestation=Attestation(True, True))),  # noqa: FBT003  (as the form asks)
    ("admit", {"healthy": True}, Admit("officer_present", attestation=Attestation(True, False))),  # noqa: FBT003
    ("admit", {"protocol": True}, Admit("officer_present", attestation=Attestation(False, True))),  # noqa: FBT003
    ("admit", {"healthy": False, "protocol": False}, Admit("officer_present")),
    ("refuse", {}, Refuse("officer_present")),
    ("refuse", {"visit": 7, "reason": "ill"}, Refuse("ill", 7)),
    ("ack", {}, Acknowledge()),
    ("ack", {"alarm": 3}, Acknowledge(3)),
    ("follow-up", {"outcome": "false_match"}, FollowUp(FollowUpOutcome.FALSE_MATCH)),
    ("follow-up", {"outcome": "left", "alarm": 2}, FollowUp(FollowUpOutcome.LEFT, 2)),
    ("drill", {"colour": "black"}, Drill(Colour.BLACK)),
    ("drill", {"colour": "red"}, Drill(Colour.RED)),
    ("lockdown", {}, SetMode(DoorMode.LOCKED_DOWN)),
    ("normal", {}, SetMode(DoorMode.LOCKED)),
    ("unlock", {}, SetMode(DoorMode.UNLOCKED)),
    ("emergency", {}, SetMode(DoorMode.LOCKED_OPEN)),
    ("passback", {}, ResetPassback()),
    ("passback", {"visit": 7}, ResetPassback(7)),
    ("occupancy", {"inside": 0}, SetOccupancy(0)),
    ("occupancy", {"inside": 100_000}, SetOccupancy(100_000)),
    ("selftest", {}, SelfTest()),
    ("selftest", {"relay": True}, SelfTest(relay=True)),
]


@pytest.mark.parametrize(("verb", "args", "order"), ASKED, ids=lambda value: str(value)[:40])
def test_a_verb_gives_its_order(verb: str, args: dict[str, Any], order: Order) -> None:
    assert order_of(verb, args, REASONS) == order


def test_every_verb_is_in_the_table_above() -> None:
    assert {verb for verb, _, _ in ASKED} == set(VERBS)


@pytest.mark.parametrize(
    ("verb", "args", "problem"),
    [
        ("open", {}, "the verbs are: status, admit, "),
        ("", {}, "the verbs are: "),
        ("status", {"more": 1}, '"more" is not an argument'),
        ("status", {"x" * 500: 1}, f'"{"x" * 40}" is not an argument'),
        ("admit", {"reason": "because"}, '"reason" must be one of: officer_present, known'),
        ("admit", {"reason": ["known"]}, '"reason" must be one of'),
        ("refuse", {"reason": "known"}, '"reason" must be one of: officer_present, ill'),
        ("refuse", {"healthy": True}, '"healthy" is not an argument'),
        ("admit", {"visit": 0}, '"visit" must be a positive whole number'),
        ("admit", {"visit": True}, '"visit" must be'),
        ("admit", {"visit": "7"}, '"visit" must be'),
        ("admit", {"visit": 10**16}, '"visit" must be'),
        ("admit", {"healthy": "yes"}, '"healthy" must be true or false'),
        ("ack", {"alarm": 1.5}, '"alarm" must be'),
        ("follow-up", {}, '"outcome" must be one of: isolated, referred, false_match, left'),
        ("follow-up", {"outcome": "not_recorded"}, '"outcome" must be one of'),
        ("drill", {}, '"colour" must be one of: black, red'),
        ("drill", {"colour": "green"}, '"colour" must be one of'),
        ("selftest", {"relay": 1}, '"relay" must be true or false'),
    ],
)  # fmt: skip
def test_what_is_not_in_the_table_is_explained(verb: str, args: dict[str, Any], problem: str) -> None:
    with pytest.raises(WrongRequest) as told:
        order_of(verb, args, REASONS)
    assert problem in str(told.value)


def test_what_a_button_means_may_always_be_said_and_is_not_meant_unless_it_is_first() -> None:
    short = Reasons(("urgent",), ("ill",))
    for verb, first in (("admit", "urgent"), ("refuse", "ill")):
        said, unsaid = order_of(verb, {"reason": BUTTON_REASON}, short), order_of(verb, {}, short)
        assert isinstance(said, Admit | Refuse)
        assert isinstance(unsaid, Admit | Refuse)
        assert (said.reason, unsaid.reason) == (BUTTON_REASON, first)


def test_no_text_of_a_stranger_comes_into_the_audit() -> None:
    assert {audited(verb) for verb in VERBS} == set(VERBS)
    assert audited("rm -rf") == audited("") == "unknown"


# The desk alone, on a clock that is moved by hand.


class NoSocket:
    """``control.Socket``, with nobody at it."""

    def __init__(self) -> None:
        self.closed = False

    def run(self, desk: Control, stop: threading.Event, beat: Callable[[], None]) -> None:
        del desk, stop, beat

    def wake(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True, slots=True)
class SomeCaller:
    by: str = "uid-1001"
    refusal: str | None = None


@dataclass(slots=True)
class Office:
    """A desk, and everything that went out of it."""

    clock: SteppedClock = field(default_factory=SteppedClock)
    socket: NoSocket = field(default_factory=NoSocket)
    ordered: list[Ordered] = field(default_factory=list)
    refused: list[ControlRefused] = field(default_factory=list)
    told: list[Answered | str] = field(default_factory=list)

    def control(self) -> Control:
        return Control(self.socket, REASONS, Posts(self.ordered.append, self.refused.append), self.clock)

    def send(self, line: bytes) -> None:
        self.told.append(read_answer(line))


def test_an_order_says_who_gave_it_and_when_and_is_answered_by_its_number() -> None:
    office = Office()
    control = office.control()
    for number in (5, 6):
        control.heard(SomeCaller(), request_line(Request("lockdown", id=number)), office.send)
    assert office.ordered == [
        Ordered(SetMode(DoorMode.LOCKED_DOWN), "uid-1001", office.clock.now_ns, request) for request in (1, 2)
    ]
    control.answer(Answer(2, Reply(done=True, text="second")))
    control.answer(Answer(99, Reply(done=True, text="nobody asked")))
    control.answer(Answer(1, Reply(done=False, text="first")))
    control.turn()
    assert office.told == [Answered(Result.DONE, "second", id=6), Answered(Result.REFUSED, "first", id=5)]


def test_a_request_is_answered_once_and_not_kept() -> None:
    office = Office()
    control = office.control()
    control.heard(SomeCaller(), request_line(Request("status")), office.send)
    for _ in range(2):
        control.answer(Answer(1, Reply(done=True, text="once")))
        control.turn()
    office.clock.now_ns += int(2 * ANSWER_S * 1e9)
    control.turn()
    assert office.told == [Answered(Result.DONE, "once")]


def test_a_core_that_does_not_answer_is_given_up_in_time_and_not_before() -> None:
    office = Office()
    control = office.control()
    control.heard(SomeCaller(), request_line(Request("admit", id=1)), office.send)
    office.clock.now_ns += int(ANSWER_S * 1e9) - 1
    control.turn()
    assert office.told == []
    office.clock.now_ns += 1
    control.turn()
    assert office.told == [Answered(Result.NO_ANSWER, NO_ANSWER, id=1)]
    control.answer(Answer(1, Reply(done=True, text="too late")))
    control.turn()
    assert len(office.told) == 1


def test_so_many_wait_and_no_more() -> None:
    office = Office()
    control = office.control()
    for _ in range(MOST_OPEN + 1):
        control.heard(SomeCaller(), request_line(Request("status")), office.send)
    assert len(office.ordered) == MOST_OPEN
    assert office.told == [Answered(Result.REFUSED, BUSY)]


def test_at_the_end_nobody_is_left_without_a_word_and_the_socket_goes() -> None:
    office = Office()
    control = office.control()
    control.heard(SomeCaller(), request_line(Request("emergency", id=9)), office.send)
    control.run(threading.Event(), lambda: None)
    assert office.told == [Answered(Result.NO_ANSWER, STOPPING, id=9)]
    assert office.socket.closed


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        (request_line(Request("admit", {"reason": "because"})), "admit"),
        (request_line(Request("<script>")), "unknown"),
        (b"garbage", "unknown"),
        (b'{"v":9,"do":"admit"}', "unknown"),
    ],
)
def test_a_stranger_is_told_why_and_audited_and_gives_no_order(line: bytes, verb: str) -> None:
    office = Office()
    office.control().heard(SomeCaller("uid-1005", "not you"), line, office.send)
    assert office.told == [Answered(Result.NOT_ALLOWED, "not you")]
    assert office.refused == [ControlRefused("uid-1005", verb)]
    assert office.ordered == []


STATUS = Status(
    mode=DoorMode.ACCESSED,
    standing_mode=DoorMode.LOCKED,
    door_open=None,
    hold=HoldStatus(12, None, "unreadable", 90, drill=False),
    queued=True,
    alarms=(AlarmStatus(3, AlarmKind.TAMPER, "lid", None, False, False, False, False),),  # noqa: FBT003  (as the form asks)
    active_inputs=(InputLine.TAMPER,),
    visits=12,
    assisted=1,
    unrecorded=0,
)


def test_a_status_goes_out_field_by_field() -> None:
    office = Office()
    control = office.control()
    control.heard(SomeCaller(), request_line(Request("status")), office.send)
    control.answer(Answer(1, Reply(done=True, text="so", status=STATUS)))
    control.turn()
    (told,) = office.told
    assert isinstance(told, Answered)
    assert told.status is not None
    assert told.status["mode"] == "accessed"
    assert told.status["door_open"] is None
    assert told.status["hold"] == {"visit": 12, "colour": None, "reason": "unreadable", "left_s": 90, "drill": False}
    assert told.status["alarms"][0]["kind"] == "tamper"
    assert told.status["active_inputs"] == ["tamper"]
