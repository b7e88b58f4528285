"""The order and the patience of publishing, step by step: a scripted broker, the real journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import Acknowledged, LinkEvent, Message
from gate.service import outbox
from gate.service.outbox import Outbox
from gate.wire import envelope
from tests.contract.test_journal import entry
from tests.wire.examples import IDENTITY

HELLO = Message("gate/v0/jkt-01/front/availability", b"{}", retain=True, content_type="application/json")


class ScriptedBroker:
    """A publisher whose answers the test gives."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.closed_with: Message | None = None
        self.on_event: Callable[[LinkEvent], None] | None = None

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        self.on_event = on_event

    def publish(self, message: Message) -> int:
        self.sent.append(message)
        return len(self.sent) - 1

    def close(self, farewell: Message, timeout_s: float) -> None:
        assert timeout_s > 0
        self.closed_with = farewell

    def seq(self, handle: int) -> int | None:
        found = envelope.decode(self.sent[handle].payload)
        return found.place.seq if isinstance(found, envelope.Received) and found.place else None


class Bench:
    """An outbox over a journal with some records, and a clock that the test moves."""

    def __init__(self, path: Path, records: int, window: int = 3) -> None:
        self.journal = SqliteJournal(path)
        self.broker = ScriptedBroker()
        self.outbox = Outbox(self.journal, self.broker, IDENTITY, window)
        self.now_s = 100.0
        self.answered = 0
        self.add(records)

    def add(self, records: int) -> None:
        self.journal.commit([entry() for _ in range(records)])

    def connect(self, receive_maximum: int = 65535) -> None:
        self.outbox.connected(receive_maximum, HELLO)
        self.step()

    def step(self, later_s: float = 0.0) -> None:
        self.now_s += later_s
        self.outbox.step(self.now_s)

    def unanswered(self) -> list[int]:
        return list(range(self.answered, len(self.broker.sent)))

    def answer(self, takes: Callable[[int], bool]) -> list[int]:
        """The broker answers for all that it was sent; what it took, in order."""
        taken = []
        for handle in self.unanswered():
            self.answered += 1
            seq = self.broker.seq(handle)
            yes = seq is None or takes(seq)
            self.outbox.acknowledged(Acknowledged(handle, yes, "scripted"), self.now_s)
            taken += [seq] if yes and seq is not None else []
        self.step()
        return taken

    def refuse_all(self) -> None:
        """Refuse until nothing is on its way."""
        while self.unanswered():
            self.answer(lambda _seq: False)

    def settle(self, takes: Callable[[int], bool], rounds: int) -> list[int]:
        """Answer and let time pass to the next retry, again and again; what was taken, in order."""
        taken = []
        for _ in range(rounds):
            taken += self.answer(takes)
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


def test_while_nobody_takes_anything_the_sending_slows_down_and_then_keeps_the_order(
    make: Callable[..., Bench],
) -> None:
    bench = make(20)
    bench.connect()
    before = bench.now_s
    while bench.now_s < before + 60:
        bench.settle(no, 1)
    assert len(bench.sent()) < 150, "refusals did not slow it down"
    bench.add(1)
    bench.refuse_all()
    assert bench.settle(yes, 30) == list(range(1, 22))


def test_a_new_record_does_not_overtake_refused_ones(make: Callable[..., Bench]) -> None:
    bench = make(1)
    bench.connect()
    bench.settle(no, 5)
    bench.add(1)
    bench.refuse_all()
    bench.add(1)
    bench.step()
    assert bench.unanswered() == []
    assert bench.settle(yes, 10) == [1, 2, 3]


def test_a_reconnection_tries_again_at_once(make: Callable[..., Bench]) -> None:
    bench = make(4)
    bench.connect()
    bench.refuse_all()
    bench.outbox.disconnected()
    bench.connect()
    assert bench.settle(yes, 4) == [1, 2, 3, 4]


def test_a_record_that_is_refused_for_ever_does_not_hold_up_the_others(make: Callable[..., Bench]) -> None:
    bench = make(10)
    bench.connect()
    assert bench.settle(lambda seq: seq != 4, 12) == [1, 2, 3, *range(5, 11)]
    for seq in range(11, 30):
        bench.add(1)
        bench.step(outbox.LAST_RETRY_S)
        assert seq in bench.settle(lambda seq: seq != 4, 3)
    assert [record.seq for record in bench.journal.unconfirmed(0, 99)] == [4]
    assert bench.settle(yes, 5) == [4]


def test_many_records_that_are_refused_for_ever_do_not_block_the_rest_for_ever(make: Callable[..., Bench]) -> None:
    bench = make(60)
    bench.connect()
    assert bench.settle(lambda seq: seq > 50, 300)[:10] == list(range(51, 61))


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
)
def test_whatever_is_refused_and_when_everything_is_taken_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, refusals: list[set[int]], window: int, losses: set[int]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("outbox") / "j.db", 12, window)
    try:
        bench.connect()
        taken = []
        for turn, refused in enumerate(refusals):
            taken += bench.settle(lambda seq, refused=refused: seq not in refused, 2)  # type: ignore[misc]
            if turn in losses:
                bench.outbox.disconnected()
                bench.connect()
        taken += bench.settle(yes, 60)
        assert sorted(taken) == list(range(1, 13)), "each once: nothing lost, nothing sent again after it was taken"
        assert bench.journal.backlog() == 0
    finally:
        bench.journal.close()
