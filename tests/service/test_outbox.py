"""The order and the patience of publishing, step by step: a scripted broker, the real journal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import Acknowledged, LinkEvent, Message
from gate.service import refusals as refusals_of
from gate.service.outbox import Outbox, Sending
from gate.wire import envelope
from tests.contract.test_journal import entry
from tests.subscriber import NOBODYS
from tests.wire.examples import IDENTITY
from tests.wire.messages import TOLD
from tests.wire.validate import check_sent

HELLO = TOLD["availability"]


class ScriptedBroker:
    """A publisher whose answers the test gives."""

    certificate_until: datetime | None = None

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.checks = True
        """Whether what is published has to be of the contract; off where a test makes something up."""
        self.closed = False
        self.closed_with: Message | None = None
        self.on_event: Callable[[LinkEvent], None] | None = None

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        self.on_event = on_event

    def publish(self, message: Message) -> int:
        if self.checks and not message.topic.startswith(NOBODYS):
            check_sent(message)
        self.sent.append(message)
        return len(self.sent) - 1

    def close(self, farewell: Message | None, timeout_s: float) -> None:
        assert timeout_s > 0
        self.closed = True
        self.closed_with = farewell

    def seq(self, handle: int) -> int | None:
        found = envelope.decode(self.sent[handle].payload)
        return found.place.seq if isinstance(found, envelope.Received) and found.place else None


class Bench:
    """An outbox over a journal with some records, and a clock that the test moves."""

    def __init__(self, path: Path, records: int, window: int = 3) -> None:
        self.journal = SqliteJournal(path)
        self.broker = ScriptedBroker()
        self.outbox = Outbox(self.journal, self.broker, IDENTITY, Sending(window, batch=1))
        self.now_s = 100.0
        self.answered = 0
        self.add(records)

    def add(self, records: int, feed: str = "access") -> None:
        self.journal.commit([entry(feed=feed) for _ in range(records)])

    def connect(self, receive_maximum: int = 65535) -> None:
        self.outbox.connected(receive_maximum, HELLO)
        self.step()

    def step(self, later_s: float = 0.0) -> None:
        self.now_s += later_s
        self.outbox.step(self.now_s)

    def unanswered(self) -> list[int]:
        return list(range(self.answered, len(self.broker.sent)))

    def answer(self, takes: Callable[[int], bool], *, blameless: bool = False) -> list[int]:
        """The broker answers for all that it was sent; what it took, in order. ``blameless``: nobody subscribed."""
        taken = []
        for handle in self.unanswered():
            self.answered += 1
            seq = self.broker.seq(handle)
            yes = seq is None or takes(seq)
            self.outbox.acknowledged(Acknowledged(handle, yes, "scripted", blameless and not yes), self.now_s)
            taken += [seq] if yes and seq is not None else []
        self.step()
        return taken

    def nobody_is_there(self) -> None:
        """Take nothing until nothing is on its way."""
        while self.unanswered():
            self.answer(no, blameless=True)

    def settle(self, takes: Callable[[int], bool], rounds: int, *, blameless: bool = False) -> list[int]:
        """Answer and let time pass to the next retry, again and again; what was taken, in order."""
        taken = []
        for _ in range(rounds):
            taken += self.answer(takes, blameless=blameless)
            if not self.unanswered() and self.outbox.due_s is not None:
                self.step(max(0.0, self.outbox.due_s - self.now_s))
        return taken

    def sent(self) -> list[int | None]:
        return [self.broker.seq(handle) for handle in range(len(self.broker.sent))]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def bench(records: int, window: int = 3) -> Bench:
        made.append(Bench(tmp_path / f"{len(made)}.db", records, window))
        return made[-1]

    yield bench
    for each in made:
        each.journal.close()


def yes(_seq: int) -> bool:
    return True


def no(_seq: int) -> bool:
    return False


def _is_none_of(refused: set[int], seq: int) -> bool:
    return seq not in refused


def test_nothing_is_sent_without_a_broker(make: Callable[..., Bench]) -> None:
    bench = make(5)
    bench.step()
    assert bench.sent() == []
    assert bench.outbox.idle()


def test_the_greeting_goes_first_then_the_oldest_within_the_window(make: Callable[..., Bench]) -> None:
    bench = make(5)
    bench.connect()
    assert bench.sent() == [None, 1, 2]
    bench.answer(yes)
    assert bench.sent() == [None, 1, 2, 3, 4, 5]
    assert not bench.outbox.idle()
    bench.answer(yes)
    assert bench.outbox.idle()
    assert (bench.outbox.confirmed, bench.journal.backlog()) == (5, 0)


def test_the_broker_may_ask_for_a_smaller_window(make: Callable[..., Bench]) -> None:
    bench = make(5)
    bench.connect(receive_maximum=2)
    assert bench.sent() == [None, 1]


def test_what_is_on_its_way_is_not_sent_again_after_a_reconnection(make: Callable[..., Bench]) -> None:
    bench = make(3, window=9)
    bench.connect()
    bench.outbox.disconnected()
    bench.add(1)
    bench.step()
    assert bench.sent() == [None, 1, 2, 3]
    bench.connect()
    assert bench.sent() == [None, 1, 2, 3, None, 4]
    assert bench.answer(yes) == [1, 2, 3, 4]


def test_a_greeting_waits_until_the_broker_takes_one_more_message_and_then_goes_first(
    make: Callable[..., Bench],
) -> None:
    bench = make(9)
    bench.connect()
    bench.answer(yes)
    assert bench.sent() == [None, 1, 2, 3, 4, 5]
    bench.outbox.disconnected()
    bench.connect()
    assert bench.sent() == [None, 1, 2, 3, 4, 5]
    assert bench.answer(yes) == [3, 4, 5]
    assert bench.sent() == [None, 1, 2, 3, 4, 5, None, 6, 7]


def test_while_nobody_has_subscribed_the_sending_slows_down_and_then_keeps_the_order(
    make: Callable[..., Bench],
) -> None:
    bench = make(20)
    bench.connect()
    before = bench.now_s
    while bench.now_s < before + 60:
        bench.settle(no, 1, blameless=True)
    assert len(bench.sent()) < 30, "it did not slow down"
    bench.add(1)
    bench.nobody_is_there()
    assert bench.settle(yes, 30) == list(range(1, 22))


def test_a_new_record_does_not_overtake_those_that_nobody_was_there_for(make: Callable[..., Bench]) -> None:
    bench = make(1)
    bench.connect()
    bench.settle(no, 5, blameless=True)
    bench.add(1)
    bench.nobody_is_there()
    bench.add(1)
    bench.step()
    assert bench.unanswered() == []
    assert bench.settle(yes, 10) == [1, 2, 3]


def test_a_record_that_nobody_is_there_for_is_never_set_aside(
    make: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench = make(400)
    bench.connect()
    bench.settle(no, 100, blameless=True)
    bench.settle(yes, 2)
    assert [line.levelname for line in caplog.records] == ["INFO", "INFO"], "told once, and that it is over"
    assert bench.settle(yes, 300)[-1] == 400


def test_a_feed_without_a_subscriber_holds_up_no_other_feed(make: Callable[..., Bench]) -> None:
    bench = make(0)
    bench.add(1000, "door")
    bench.add(2)
    bench.add(1, "door")
    bench.connect()
    door = {*range(1, 1001), 1003}
    assert bench.settle(lambda seq: seq not in door, 12, blameless=True) == [1001, 1002]
    bench.add(1)
    bench.step()
    begun_s, taken = bench.now_s, list[int]()
    while not taken:
        taken = bench.answer(lambda seq: seq not in door, blameless=True)
    assert (taken, bench.now_s) == ([1004], begun_s)
    taken = bench.settle(yes, 1500)
    assert sorted(taken) == sorted(door), "the feed's first subscriber gets all of it"


def test_a_reconnection_tries_again_at_once(make: Callable[..., Bench]) -> None:
    bench = make(4)
    bench.connect()
    bench.nobody_is_there()
    bench.outbox.disconnected()
    bench.connect()
    assert bench.settle(yes, 4) == [1, 2, 3, 4]


def test_a_record_that_is_refused_for_ever_does_not_hold_up_the_others(make: Callable[..., Bench]) -> None:
    bench = make(10)
    bench.connect()
    assert bench.settle(lambda seq: seq != 4, 12) == [1, 2, 3, *range(5, 11)]
    for seq in range(11, 30):
        bench.add(1)
        bench.step()
        assert bench.answer(lambda seq: seq != 4) == [seq], "at once"
    assert [aside.seq for aside in bench.journal.asides()] == [4]
    assert bench.settle(yes, 5) == [4]


def test_a_refused_record_is_tried_five_times_told_once_and_then_every_fifteen_minutes(
    make: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    bench = make(1)
    bench.connect()
    tries: list[float] = []
    while bench.now_s < 100 + 3600:
        tries += [bench.now_s for handle in bench.unanswered() if bench.broker.seq(handle)]
        bench.settle(no, 1)
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps[:4] == [0.5, 1, 2, 4]
    assert gaps[5:] == [pytest.approx(refusals_of.ASIDE_RETRY_S, abs=2)] * len(gaps[5:])
    assert len(gaps) in (7, 8, 9)
    assert [line.message for line in caplog.records] == ["record 1 is set aside, the broker refuses it: scripted"]


@pytest.mark.parametrize("poisoned", [1, 50, 150, 255, 256, 300, 2000])
def test_any_number_of_records_refused_for_ever_lets_the_rest_pass_also_after_reconnections(
    make: Callable[..., Bench], poisoned: int, caplog: pytest.LogCaptureFixture
) -> None:
    bench = make(poisoned + 50, window=100)
    bench.connect()
    good, taken = list(range(poisoned + 1, poisoned + 51)), list[int]()
    while len(taken) < 50:
        taken += bench.settle(lambda seq: seq > poisoned, 1)
        assert bench.now_s < 100 + 10 * (1 + poisoned / 100), "too late"
    assert taken == good
    bench.settle(lambda seq: seq > poisoned, 20)
    for turn in range(3):
        bench.outbox.disconnected()
        bench.add(5)
        bench.connect()
        begun_s, fresh = bench.now_s, list[int]()
        while len(fresh) < 5:
            fresh += bench.answer(lambda seq: seq > poisoned)
        assert bench.now_s == begun_s
        assert fresh == list(range(poisoned + 51 + 5 * turn, poisoned + 56 + 5 * turn))
        bench.settle(lambda seq: seq > poisoned, 4)
    told = [line.message for line in caplog.records if "set aside" in line.message]
    assert len(told) == len(set(told)) == poisoned
    assert sorted(bench.settle(yes, poisoned + 20)) == list(range(1, poisoned + 1)), "they are tried again"
    assert bench.journal.backlog() == 0


def test_what_was_set_aside_is_tried_again_behind_fresh_records_and_a_few_at_a_time(
    make: Callable[..., Bench],
) -> None:
    bench = make(40, window=100)
    bench.connect()
    bench.settle(no, 12)
    bench.outbox.disconnected()
    bench.add(300)
    before = len(bench.sent())
    bench.connect()
    while len(bench.sent()) - before < 301:
        bench.answer(lambda seq: seq > 40)
    assert bench.sent()[before:] == [None, *range(41, 341), *range(1, 9)]
    bench.answer(lambda seq: seq > 40)
    assert bench.unanswered() == []
    bench.step(refusals_of.ASIDE_PAUSE_S)
    assert bench.sent()[-8:] == list(range(9, 17))


def test_the_memory_does_not_grow_with_what_is_refused(make: Callable[..., Bench]) -> None:
    bench = make(0, window=100)
    bench.add(5000)
    bench.connect()
    for _ in range(120):
        bench.settle(no, 1)
        held = sum(len(value) for value in vars(bench.outbox).values() if isinstance(value, (dict, set, list)))
        assert held <= 200
    assert len(set(bench.sent())) > 1500


def test_a_broker_that_refuses_everything_is_told_once_and_when_it_is_over_all_is_tried_at_once(
    make: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench = make(12)
    bench.connect()
    bench.settle(no, 80)
    bench.add(1)
    bench.step()
    begun_s, taken = bench.now_s, list[int]()
    while bench.unanswered():
        taken += bench.answer(yes)
    assert (sorted(taken), bench.now_s) == (list(range(1, 14)), begun_s)
    lines = [line.message for line in caplog.records if "set aside" not in line.message]
    assert lines == [
        "the broker refuses one event after the other: scripted; look at its access list",
        "the broker takes events again",
    ]


def test_a_refused_greeting_is_told_once_for_each_change(
    make: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    bench = make(0)
    for handle, (taken, blameless) in enumerate([(False, False), (False, False), (True, False), (False, True)]):
        bench.connect()
        bench.outbox.acknowledged(Acknowledged(handle, taken, "Not authorized", blameless), bench.now_s)
    assert [line.message for line in caplog.records] == [
        "the broker refuses the gate's availability or site notes: Not authorized; look at its access list"
    ]


def test_notes_take_half_of_the_window_and_records_the_other(make: Callable[..., Bench]) -> None:
    bench = make(20)
    bench.outbox._window = 8
    for number in range(10):
        bench.outbox.note(replace(HELLO, topic="gate/v1/s/site/g/crossing", payload=b"%d" % number, retain=False))
    bench.connect()
    assert bench.sent() == [None] * 5 + [1, 2, 3], "the greeting is one more"
    bench.answer(lambda _: True)
    assert not bench.outbox.idle()
    bench.settle(lambda _: True, 9)
    assert sorted(seq for seq in bench.sent() if seq is not None) == list(range(1, 21))
    assert [note.payload for note in bench.broker.sent if note.topic.endswith("crossing")] == [
        b"%d" % n for n in range(10)
    ]
    assert bench.outbox.idle()


def test_a_note_that_is_not_taken_is_not_sent_again(make: Callable[..., Bench]) -> None:
    bench = make(0)
    bench.connect()
    bench.outbox.note(replace(HELLO, topic="gate/v1/s/site/g/occupancy"))
    bench.step()
    for handle in (0, 1):
        bench.outbox.acknowledged(Acknowledged(handle, handle == 0, "nobody", blameless=True), bench.now_s)
        bench.step()
    assert len(bench.broker.sent) == 2
    assert bench.outbox.idle()


def test_records_taken_but_not_confirmed_in_the_journal_are_not_sent_again(make: Callable[..., Bench]) -> None:
    bench = make(2)
    bench.connect()
    bench.outbox.acknowledged(Acknowledged(1, taken=True, reason=""), bench.now_s)
    bench.journal.confirm([])
    bench.outbox.connected(9, HELLO)
    bench.step()
    assert bench.sent() == [None, 1, 2, None]
    assert bench.outbox.confirmed == 1


def test_an_answer_for_a_message_it_does_not_know_changes_nothing(make: Callable[..., Bench]) -> None:
    bench = make(1)
    bench.connect()
    bench.outbox.acknowledged(Acknowledged(77, taken=True, reason=""), bench.now_s)
    bench.step()
    assert bench.outbox.confirmed == 0


@settings(max_examples=60, deadline=None)
@given(
    refusals=st.lists(st.sets(st.integers(1, 12)), max_size=6),
    window=st.integers(1, 5),
    losses=st.sets(st.integers(0, 5)),
    blameless=st.sets(st.integers(0, 5)),
)
def test_whatever_is_refused_and_when_everything_is_taken_in_the_end(
    tmp_path_factory: pytest.TempPathFactory,
    refusals: list[set[int]],
    window: int,
    losses: set[int],
    blameless: set[int],
) -> None:
    bench = Bench(tmp_path_factory.mktemp("outbox") / "j.db", 12, window)
    try:
        bench.connect()
        taken = []
        for turn, refused in enumerate(refusals):
            takes = partial(_is_none_of, refused)
            taken += bench.settle(takes, 2, blameless=turn in blameless)
            if turn in losses:
                bench.outbox.disconnected()
                bench.connect()
        taken += bench.settle(yes, 60)
        assert sorted(taken) == list(range(1, 13)), "each once: nothing lost, nothing sent again after it was taken"
        assert bench.journal.backlog() == 0
    finally:
        bench.journal.close()


def test_what_is_handed_back_goes_out_again_in_its_order(make: Callable[..., Bench]) -> None:
    made = make(5)
    made.connect()
    assert made.sent() == [None, 1, 2]
    made.outbox.disconnected()
    for handle in made.unanswered():
        ended = Acknowledged(handle, taken=False, reason="the connection ended", blameless=True, returned=True)
        made.outbox.acknowledged(ended, made.now_s)
    made.answered = len(made.broker.sent)
    made.connect()
    assert made.sent()[3:] == [None, 1, 2]
    assert made.settle(yes, 3) == [1, 2, 3, 4, 5]
