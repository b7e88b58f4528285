"""A backlog in batches, and the two words that confirm: step by step, with a scripted broker and the real journal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import Acknowledged, LinkFault
from gate.service import batching, confirmation, parcels
from gate.service.confirm import Confirm
from gate.service.confirmation import AckVerdict
from gate.service.outbox import Outbox, Sending
from gate.wire import batch, envelope
from gate.wire.ack import Ack
from tests.contract.test_journal import entry
from tests.service.test_outbox import HELLO, ScriptedBroker
from tests.wire.examples import IDENTITY, ULID_B
from tests.wire.validate import check


class Bench:
    """An outbox, and a broker that answers what the test says of each message."""

    def __init__(self, path: Path, records: int, sending: Sending) -> None:
        self.journal = SqliteJournal(path)
        self.broker = ScriptedBroker()
        self.outbox = Outbox(self.journal, self.broker, IDENTITY, sending)
        self.now_s = 100.0
        self.answered = 0
        self.add(records)

    def add(self, records: int) -> None:
        if records:
            self.journal.commit([entry() for _ in range(records)])

    def connect(self, receive_maximum: int = 100, packet_bytes: int = 10**8) -> None:
        self.outbox.connected(receive_maximum, HELLO, packet_bytes)
        self.step()

    def step(self, later_s: float = 0.0) -> None:
        self.now_s += later_s
        self.outbox.step(self.now_s)

    def seqs(self, handle: int) -> list[int]:
        """The records in a message."""
        payload = self.broker.sent[handle].payload
        bodies = batch.decode(payload) if payload.startswith(b"[") else (payload,)
        assert isinstance(bodies, tuple)
        found = [envelope.decode(body) for body in bodies]
        return [one.place.seq for one in found if isinstance(one, envelope.Received) and one.place]

    def sent(self, since: int = 1) -> list[list[int]]:
        """Of each message but the greeting."""
        return [self.seqs(handle) for handle in range(since, len(self.broker.sent))]

    def answer(self, takes: Callable[[list[int]], bool], *, blameless: bool = False, took_s: float = 0.01) -> list[int]:
        """The broker answers for all that it was sent; what it took, in order."""
        self.now_s += took_s
        taken: list[int] = []
        for handle in range(self.answered, len(self.broker.sent)):
            self.answered += 1
            seqs = self.seqs(handle)
            yes = not seqs or takes(seqs)
            self.outbox.acknowledged(Acknowledged(handle, yes, "scripted", blameless and not yes), self.now_s)
            taken += seqs if yes else []
        self.step()
        return taken

    def settle(self, takes: Callable[[list[int]], bool], rounds: int, *, blameless: bool = False) -> list[int]:
        """Answer, and let time pass to the next thing that is due, again and again."""
        taken = []
        for _ in range(rounds):
            taken += self.answer(takes, blameless=blameless)
            if self.answered == len(self.broker.sent) and self.outbox.due_s is not None:
                self.step(max(0.0, self.outbox.due_s - self.now_s))
        return taken


@contextmanager
def bench(path: Path, records: int, sending: Sending | None = None) -> Iterator[Bench]:
    made = Bench(path / "journal.db", records, sending or Sending())
    try:
        yield made
    finally:
        made.journal.close()


def everything(_seqs: list[int]) -> bool:
    return True


def nothing(_seqs: list[int]) -> bool:
    return False


def singles(seqs: list[int]) -> bool:
    return len(seqs) == 1


def test_a_few_records_go_one_by_one_and_a_backlog_in_batches_of_fifty_in_order(tmp_path: Path) -> None:
    with bench(tmp_path, parcels.FEW) as few:
        few.connect()
        assert few.sent() == [[seq] for seq in range(1, parcels.FEW + 1)]
        few.settle(everything, 1)
        few.outbox.disconnected()
        few.add(130)
        few.connect()
        few.settle(everything, 8)
        assert [seq for seqs in few.sent() for seq in seqs] == list(range(1, 141))
        assert max(len(seqs) for seqs in few.sent()) == 50
        assert few.journal.backlog() == 0
        assert few.outbox.confirmed == 140


def test_a_batch_is_the_very_records_and_what_the_contract_says(tmp_path: Path) -> None:
    with bench(tmp_path, 60) as made:
        made.connect()
        message = made.broker.sent[1]
        check(message.topic, message.payload)
        assert message.topic == "gate/v1/jkt-01/front/evt/batch"
        assert message.content_type == "application/cloudevents-batch+json"
        assert batch.decode(message.payload) == tuple(record.body for record in made.journal.unconfirmed(0, 50))


def test_no_message_is_larger_than_the_broker_takes(tmp_path: Path) -> None:
    with bench(tmp_path, 300) as made:
        made.connect(packet_bytes=9000)
        made.settle(everything, 300)
        assert made.journal.backlog() == 0
        sizes = [len(message.payload) for message in made.broker.sent]
        assert max(sizes) <= 9000 - parcels.AROUND_BYTES
        assert any(len(seqs) > 1 for seqs in made.sent())


def test_a_record_that_the_broker_never_takes_for_its_size_is_not_even_sent_and_holds_up_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with bench(tmp_path, 3) as made:
        made.broker.checks = False
        made.journal.commit([replace(entry(), build=lambda slot: b'{"seq":%d,"x":"%s"}' % (slot.seq, b"x" * 9000))])
        made.add(2)
        made.connect(packet_bytes=5000)
        made.settle(everything, 5)
        assert [aside.seq for aside in made.journal.asides()] == [4]
        assert max(len(message.payload) for message in made.broker.sent) < 5000
        assert "record 4 is set aside" in caplog.text
        made.connect(packet_bytes=20_000)
        made.settle(lambda seqs: True, 5)  # noqa: ARG005  (it is no event of ours, so the list is empty)
        assert made.broker.sent[-1].payload.startswith(b'{"seq":4')


def test_a_poisoned_record_in_a_batch_is_found_by_sending_one_by_one(tmp_path: Path) -> None:
    with bench(tmp_path, 200) as made:
        made.connect()
        taken = made.settle(lambda seqs: 70 not in seqs, 200)
        assert sorted(taken) == [*range(1, 70), *range(71, 201)]
        assert [aside.seq for aside in made.journal.asides()] == [70]
        assert sum(70 in seqs for seqs in made.sent() if len(seqs) > 1) == 1, "not again in a batch"


@pytest.mark.parametrize("confirm", list(Confirm))
def test_what_was_set_aside_is_known_to_the_next_run_which_tries_it_last(tmp_path: Path, confirm: Confirm) -> None:
    sending = Sending(confirm=confirm)
    with bench(tmp_path, 5, sending) as made:
        made.connect()
        made.settle(lambda seqs: seqs != [2], 12)
        assert [aside.seq for aside in made.journal.asides()] == [2]
        if confirm is Confirm.CENTRE:
            made.outbox.stored(Ack(made.journal.ulid, 5), made.now_s)
            made.step()
        assert made.journal.backlog() == 1, "an ack says nothing of what was not sent"
        made.outbox = Outbox(made.journal, made.broker, IDENTITY, sending)  # the next run
        made.add(1)
        before = len(made.broker.sent)
        made.connect()
        made.answer(everything)
        made.answer(everything)
        assert made.sent(before) == [[], [6], [2]]
        made.outbox.stored(Ack(made.journal.ulid, 6), made.now_s)
        made.step()
        assert (made.journal.backlog(), made.journal.asides()) == (0, ())


def test_a_feed_that_nobody_wanted_is_sent_after_the_next_connection(tmp_path: Path) -> None:
    with bench(tmp_path, 0) as made:
        made.broker.checks = False
        made.journal.commit([replace(entry(), feed=feed) for feed in ("door", "access", "door")])
        made.connect()
        assert made.settle(lambda seqs: seqs == [2], 9, blameless=True) == [2]
        made.outbox.disconnected()
        made.connect()
        assert sorted(made.settle(everything, 4)) == [1, 3]


def test_where_nobody_subscribes_to_batches_events_go_one_by_one_and_batches_are_tried_again(tmp_path: Path) -> None:
    with bench(tmp_path, 500) as made:
        made.connect()
        taken: list[int] = []
        while len(set(taken)) < 500:
            taken += made.settle(singles, 1, blameless=True)
        assert sorted(taken) == list(range(1, 501))
        refused = [seqs for seqs in made.sent() if len(seqs) > 1]
        assert len(refused) < 12
        made.add(100)
        made.step(batching.REST_S)
        made.settle(everything, 20)
        assert len(made.sent()[-1]) > 1 or len(made.sent()[-2]) > 1


def test_when_nobody_listens_the_order_is_kept_and_batches_begin_again_with_the_first_listener(tmp_path: Path) -> None:
    with bench(tmp_path, 400, Sending(window=10)) as made:
        made.connect()
        made.settle(nothing, 30, blameless=True)
        before = len(made.broker.sent)
        assert before < 60
        while made.answered < len(made.broker.sent):
            made.answer(nothing, blameless=True)
        taken = made.settle(everything, 60)
        assert taken == list(range(1, 401))
        assert max(len(seqs) for seqs in made.sent(before)) == 50


def test_the_rate_of_a_backlog_is_limited_and_what_is_fresh_is_not(tmp_path: Path) -> None:
    with bench(tmp_path, 1000, Sending(backlog_per_s=200)) as made:
        made.connect()
        began_s, taken = made.now_s, list[int]()
        while len(taken) < 1000:
            taken += made.settle(everything, 1)
        assert 3.5 <= made.now_s - began_s <= 6
        made.add(1)
        made.step()
        assert made.answer(everything) == [1001], "at once"


def test_a_slow_link_has_less_on_its_way(tmp_path: Path) -> None:
    with bench(tmp_path, 5000) as made:
        made.connect()
        for _ in range(4):
            made.answer(everything, took_s=0.05)
        wide = len(made.broker.sent) - made.answered
        for _ in range(6):
            made.answer(everything, took_s=2.0)
        narrow = len(made.broker.sent) - made.answered
        assert wide >= 8
        assert narrow <= 2


def test_what_is_sent_once_takes_no_place_and_is_never_kept(tmp_path: Path) -> None:
    live = replace(HELLO, topic="gate/v1/jkt-01/front/live", retain=False, qos=0)
    with bench(tmp_path, 200, Sending(window=1)) as made:
        made.broker.checks = False
        made.outbox.note(live)
        made.connect()
        for _ in range(5):
            made.outbox.note(live)
        assert [message.qos for message in made.broker.sent] == [1, 0, 0, 0, 0, 0], "before any batch"


def test_a_broker_that_was_sent_too_much_gets_half(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with bench(tmp_path, 9, Sending(window=8)) as made:
        made.connect()
        assert len(made.broker.sent) == 8
        made.outbox.disconnected(LinkFault.TOO_MUCH)
        made.answer(everything)
        made.add(6)
        made.connect()
        assert len(made.broker.sent) - made.answered == 4
    assert "from now on 4 messages at once" in caplog.text


CENTRE = Sending(confirm=Confirm.CENTRE)


def test_the_centres_word_alone_confirms_where_it_counts(tmp_path: Path) -> None:
    with bench(tmp_path, 120, CENTRE) as made:
        made.connect()
        made.settle(everything, 1)
        assert made.journal.backlog() == 120
        assert made.outbox.stored(Ack(made.journal.ulid, 50), made.now_s) is AckVerdict.TAKEN
        made.step()
        assert (made.journal.backlog(), made.outbox.confirmed) == (70, 50)
        assert made.outbox.stored(Ack(made.journal.ulid, 20), made.now_s) is AckVerdict.NOTHING_NEW


def test_an_ack_of_another_journal_or_beyond_what_was_sent_changes_nothing(tmp_path: Path) -> None:
    with bench(tmp_path, 0, CENTRE) as made:
        made.connect()
        made.add(5)
        assert made.outbox.stored(Ack(ULID_B, 3), made.now_s) is AckVerdict.OTHER_JOURNAL
        assert made.outbox.stored(Ack(made.journal.ulid, 1), made.now_s) is AckVerdict.NEVER_SENT
        made.step()
        assert made.outbox.stored(Ack(made.journal.ulid, 6), made.now_s) is AckVerdict.NEVER_SENT
        made.step()
        assert made.journal.backlog() == 5
        assert made.outbox.stored(Ack(made.journal.ulid, 5), made.now_s) is AckVerdict.TAKEN
        made.step()
        assert made.journal.backlog() == 0


def test_an_ack_that_came_while_the_gate_was_off_counts(tmp_path: Path) -> None:
    with bench(tmp_path, 9, CENTRE) as made:
        made.outbox = Outbox(made.journal, made.broker, IDENTITY, CENTRE)  # the next run
        assert made.outbox.stored(Ack(made.journal.ulid, 7), made.now_s) is AckVerdict.TAKEN
        made.connect()
        assert made.sent() == [[8], [9]]


def test_where_the_brokers_word_counts_the_centres_confirms_nothing(tmp_path: Path) -> None:
    with bench(tmp_path, 3) as made:
        made.connect()
        assert made.outbox.stored(Ack(made.journal.ulid, 3), made.now_s) is AckVerdict.NOT_ASKED
        made.step()
        assert made.journal.backlog() == 3


def test_what_the_centre_does_not_acknowledge_is_sent_again_ever_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with bench(tmp_path, 2, CENTRE) as made:
        made.connect()
        times: list[float] = []
        while made.now_s < 100 + 4000:
            times += [round(made.now_s - 100)] * (len(made.broker.sent) > made.answered)
            made.settle(everything, 1)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert gaps[:4] == [pytest.approx(confirmation.FIRST_PATIENCE_S * 2**n, abs=1) for n in range(4)]
        assert max(gaps) == pytest.approx(confirmation.LAST_PATIENCE_S, abs=1)
        made.outbox.stored(Ack(made.journal.ulid, 2), made.now_s)
        made.settle(everything, 3)
        assert made.journal.backlog() == 0
        before = len(made.broker.sent)
        made.step(5000)
        assert len(made.broker.sent) == before
    assert "acknowledged nothing for 60 s" in caplog.text


def away(made: Bench, seconds: int) -> int:
    """The broker takes everything, and the centre says nothing for so long; how many records went out."""
    sent = 0
    for _ in range(seconds):
        sent += len(made.answer(everything))
        made.step(1)
    return sent


def test_while_the_centre_is_away_its_broker_gets_one_record_a_round_and_not_the_whole_backlog(tmp_path: Path) -> None:
    with bench(tmp_path, 300, CENTRE) as made:
        made.connect()
        assert away(made, 50) == 300
        assert 5 <= away(made, 4000) <= 10


def test_a_centre_that_comes_back_is_sent_what_it_lacks_once_and_not_what_it_only_had_to_read(tmp_path: Path) -> None:
    with bench(tmp_path, 300, CENTRE) as made:
        made.connect()
        away(made, 1000)
        for seq in (100, 200):
            made.outbox.stored(Ack(made.journal.ulid, seq), made.now_s)
            assert away(made, int(confirmation.SETTLE_S) - 2) == 0
        assert away(made, 30) == 100
        assert away(made, 20) == 0
        made.outbox.stored(Ack(made.journal.ulid, 300), made.now_s)
        assert away(made, 2000) == 0
        assert made.journal.backlog() == 0


def test_a_centre_that_has_nothing_of_it_and_says_so_again_is_sent_all(tmp_path: Path) -> None:
    with bench(tmp_path, 80, CENTRE) as made:
        made.connect()
        away(made, 10)
        made.outbox.stored(Ack(made.journal.ulid, 7), made.now_s)
        away(made, 500)
        made.outbox.stored(Ack(made.journal.ulid, 7), made.now_s)
        assert away(made, 30) == 73


def test_a_broker_that_comes_back_is_sent_again_what_the_centre_has_not_stored(tmp_path: Path) -> None:
    with bench(tmp_path, 100, CENTRE) as made:
        made.connect()
        assert made.answer(everything) + made.answer(everything) == list(range(1, 101))
        made.outbox.stored(Ack(made.journal.ulid, 60), made.now_s)
        made.outbox.disconnected()
        made.connect()
        assert made.answer(everything) == list(range(61, 101))


@settings(max_examples=30, deadline=None)
@given(
    rounds=st.lists(
        st.tuples(st.sets(st.integers(1, 60), max_size=8), st.booleans(), st.sampled_from(["", "cut", "add"])),
        max_size=6,
    ),
    window=st.integers(1, 6),
    rate=st.sampled_from([0, 40, 500]),
    packet=st.sampled_from([2500, 9000, 10**8]),
    most=st.sampled_from([2, 7, 50]),
)
def test_whatever_is_refused_lost_or_added_everything_is_taken_once_in_the_end(
    tmp_path_factory: pytest.TempPathFactory,
    rounds: list[tuple[set[int], bool, str]],
    window: int,
    rate: int,
    packet: int,
    most: int,
) -> None:
    sending = Sending(window=window, batch=most, backlog_per_s=rate)
    with bench(tmp_path_factory.mktemp("outbox"), 40, sending) as made:
        made.connect(packet_bytes=packet)
        taken: list[int] = []
        for refused, blameless, then in rounds:
            taken += made.settle(refused.isdisjoint, 2, blameless=blameless)
            if then == "cut":
                made.outbox.disconnected()
                made.connect(packet_bytes=packet)
            made.add(5 if then == "add" else 0)
        taken += made.settle(everything, 150)
        assert made.journal.backlog() == 0
        assert sorted(taken) == list(range(1, len(taken) + 1)), "each once"


def test_batches_that_are_handed_back_take_no_room_on_the_way(tmp_path: Path) -> None:
    with bench(tmp_path, 200) as made:
        for _ in range(30):
            made.connect()
            made.outbox.disconnected()
            for handle in range(made.answered, len(made.broker.sent)):
                ended = Acknowledged(handle, taken=False, reason="ended", blameless=True, returned=True)
                made.outbox.acknowledged(ended, made.now_s)
            made.answered = len(made.broker.sent)
        made.connect()
        assert sorted(made.settle(everything, 200)) == [*range(1, 201)]
