"""The light gates of the scale benchmark say what real ones say, and a small run of it loses nothing."""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import ingesting, scale
from benchmarks.swarm import packets
from benchmarks.swarm.ledger import HEAD_EVERY, Ledger, event_id, visitor
from benchmarks.swarm.packets import Cutter, Kind, Packet
from gate.central.arrivals import Wrong, read
from gate.ports import AckVerdict
from gate.wire import chain, envelope, topics
from gate.wire.chain import Intact
from gate.wire.envelope import Place
from gate.wire.topics import Identity
from tests.wire.validate import check

IDENTITY = Identity("office-3", "gate-7", "main", "boot-1")
JOURNAL = event_id(7)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


@given(st.integers(0, 2**40), st.integers(0, 2**128 - 1))
def test_a_record_is_what_the_encoder_makes(mono_ms: int, number: int) -> None:
    ledger, fingerprint = Ledger(IDENTITY, JOURNAL), f"{number:032x}"
    body = ledger.visit(mono_ms, fingerprint).body
    found = check(topics.feed(IDENTITY, "access"), body)
    place = Place(JOURNAL, 1, chain.first_prev(JOURNAL))
    assert body == envelope.encode(visitor(1, fingerprint, mono_ms), place, IDENTITY, found["id"], offline=False)


def test_the_records_are_a_chain_with_signed_heads_and_numbers_of_their_own() -> None:
    ledger = Ledger(IDENTITY, JOURNAL, KEY)
    for number in range(2 * HEAD_EVERY):
        ledger.visit(number, f"{number:032x}")
    bodies = [one.body for one in ledger.unconfirmed(0, 1000)]
    found = chain.verify(JOURNAL, bodies)
    assert isinstance(found, Intact)
    assert (found.count, found.signed_to) == (2 * HEAD_EVERY + 2, 2 * HEAD_EVERY - 1)
    ids = {one.id for one in map(envelope.decode, bodies) if isinstance(one, envelope.Received)}
    assert len(ids) == len(bodies)


def test_what_is_confirmed_is_forgotten_and_the_rest_is_given_in_order() -> None:
    ledger = Ledger(IDENTITY, JOURNAL)
    for number in range(10):
        ledger.visit(number, "0" * 32)
    assert ledger.confirm_up_to(JOURNAL, 4) is AckVerdict.TAKEN
    assert ledger.confirm_up_to(event_id(8), 9) is AckVerdict.OTHER_JOURNAL
    assert [one.seq for one in ledger.unconfirmed(6, 3)] == [7, 8, 9]
    assert [one.seq for one in ledger.unconfirmed(0, 2)] == [5, 6]
    assert ledger.backlog() == 6


@given(
    st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=300), st.integers(0, 65535)), max_size=5),
    st.lists(st.integers(0, 2000), max_size=8),
)
def test_packets_are_cut_as_they_were_sent_however_they_come(
    sent: list[tuple[str, bytes, int]], places: list[int]
) -> None:
    stream = b"".join(packets.publish(topic, payload, number, "application/json") for topic, payload, number in sent)
    cutter, found = Cutter(), list[Packet]()
    cuts = sorted({0, *(place for place in places if place < len(stream)), len(stream)})
    for begin, end in pairwise(cuts):
        found += cutter.feed(stream[begin:end])
    assert {packet.kind for packet in found} <= {Kind.PUBLISH}
    assert [packets.published(packet) for packet in found] == [(topic, no, payload) for topic, payload, no in sent]


def test_the_messages_of_the_ingest_s_benchmark_are_right_and_have_no_gap() -> None:
    for shape, events in ingesting.SHAPES.items():
        highest: dict[str, int] = {}
        for topic, payload in ingesting.made(3 * ingesting.GATES, events, seed=5):
            found = read(topic, payload)
            assert not isinstance(found, Wrong), (shape, found)
            assert len(found) == events
            for one in found:
                assert one.seq == highest.get(one.journal.source, 0) + 1
                highest[one.journal.source] = one.seq
        assert len(highest) == ingesting.GATES


@pytest.mark.parametrize("way", ["gate", "tutorial"])
def test_an_ingest_is_measured(way: str) -> None:
    assert ingesting._one(way, "batched", 4, seed=1)["cpu_us"] > 0


def test_a_small_storm_with_tls_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    words = (
        "storm --gates 6 --processes 1 --workers 2 --backlog 60 --seconds 1 --burst-s 0.4 --rest-s 0.1 --tls --seed 3"
    )
    monkeypatch.setattr("sys.argv", ["scale", *words.split()])
    result = scale.run(scale._arguments())
    assert (result["lost"], result["broken"], result["unconfirmed"], result["set_apart"]) == (0, 0, 0, 0)
    assert result["lost_links"] == 6
    assert sum(result["kept_by_worker"]) == result["records"] >= 6 * 60
    assert result["live_heard"] > 0
    assert isinstance(argparse.Namespace(**result["what"]).seed, int)
    assert not list(Path().glob("gate-scale-*"))
