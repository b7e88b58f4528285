"""Who is not in the registry is refused, kept apart and told; once the registry has it, nothing of it is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.central.admission import admitted, stranger
from gate.central.arrivals import Arrived, Wrong, read
from gate.central.findings import FindingKind
from gate.central.ingest import Delivery, Ingest
from gate.central.registry import Gate, Registry, Site
from gate.central.store import Progress
from gate.service.threads import Worker
from gate.wire import batch
from tests.central.conftest import Place
from tests.central.examples import BATCH, NOON, TOPIC, arrived
from tests.central.test_ingest import MemoryLink, opened
from tests.wire.examples import IDENTITY, ULID_B
from tests.wire.test_chain import records

SOURCE = TOPIC.removesuffix("/evt/access")
EMPTY = Registry()
SITES = [Site(IDENTITY.site, "Kantor"), Site("elsewhere", "Kantor lain")]
HERE = Registry.of(SITES, [Gate(IDENTITY.gate, IDENTITY.site)])
ELSEWHERE = Registry.of(SITES, [Gate(IDENTITY.gate, "elsewhere")])


def judged(registry: Registry, topic: str = TOPIC) -> tuple[Arrived, ...] | Wrong:
    (body,) = records(1)
    return admitted(registry, topic, body, read(topic, body))


def test_a_gate_of_the_registry_is_heard_under_its_own_site_alone() -> None:
    assert judged(HERE) == tuple(arrived(1))
    for registry, kind in ((EMPTY, FindingKind.UNKNOWN_GATE), (ELSEWHERE, FindingKind.FOREIGN_SITE)):
        found = judged(registry)
        assert isinstance(found, Wrong)
        assert (found.kind, found.source, found.payload) == (kind, SOURCE, records(1)[0])


def test_what_is_malformed_stays_malformed_whoever_sends_it() -> None:
    found = admitted(EMPTY, TOPIC, b"{}", read(TOPIC, b"{}"))
    assert isinstance(found, Wrong)
    assert found.kind is FindingKind.MALFORMED


@given(source=st.text(max_size=40))
def test_any_text_is_a_stranger(source: str) -> None:
    assert stranger(HERE, source) is FindingKind.UNKNOWN_GATE


def strange(bodies: list[bytes], topic: str = TOPIC, kind: FindingKind = FindingKind.UNKNOWN_GATE) -> list[Wrong]:
    return [Wrong(topic, body, "not in the registry", kind) for body in bodies]


def adopt_all(store: object, source: str = SOURCE) -> int:
    """How many calls it took."""
    calls = 1
    while store.adopt(source, NOON) is not None:  # type: ignore[attr-defined]
        calls += 1
    return calls


def test_what_was_set_apart_is_adopted_in_order_with_what_came_meanwhile(place: Place) -> None:
    bodies, store = records(120), place.store()
    store.save([], strange(bodies[:60]), NOON)
    store.save([], strange([batch.encode(bodies[60:100])], BATCH), NOON)
    store.save(arrived(120)[100:], [], NOON)
    assert store.strangers() == [SOURCE]
    assert adopt_all(store) > 2, "in parts, so that no transaction is long"
    ((journal, progress),) = store.journals().items()
    assert progress == Progress(120, 120)
    assert [body for _, body in store.bodies(journal)] == bodies
    assert (store.strangers(), store.wrong()) == ([], 0)
    (finding,) = store.findings()
    assert (finding.finding.kind, finding.count, finding.ended) == (FindingKind.UNKNOWN_GATE, 61, NOON)


def test_a_stranger_that_comes_again_is_told_again(place: Place) -> None:
    store = place.store()
    store.save([], strange(records(1)), NOON)
    adopt_all(store)
    store.save([], strange(records(2)), NOON)
    (finding,) = store.findings()
    assert (finding.count, finding.ended) == (3, None)


def test_others_and_what_is_malformed_stay_where_they_are(place: Place) -> None:
    store, other = place.store(), TOPIC.replace(IDENTITY.gate, "other")
    store.save([], [*strange(records(1)), *strange(records(1), other), Wrong(TOPIC, b"{}", "odd")], NOON)
    adopt_all(store)
    assert (store.strangers(), store.wrong()) == ([SOURCE.replace(IDENTITY.gate, "other")], 2)


def test_two_workers_that_adopt_at_once_take_each_message_once(place: Place) -> None:
    one, other = place.store(), place.store()
    one.save([], strange(records(130)), NOON)
    counts = [0, 0]
    for turn in range(8):
        saved = (one, other)[turn % 2].adopt(SOURCE, NOON)
        counts[turn % 2] += saved.new if saved else 0
    assert sum(counts) == 130
    assert min(counts) > 0


def test_one_that_floods_pushes_out_its_own_oldest_and_that_is_counted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.central.adapters.sql.notes.KEPT_APART_OF_ONE", 10)
    store, other = place.store(), TOPIC.replace(IDENTITY.gate, "other")
    store.save([], strange(records(1), other), NOON)
    for body in records(25):
        store.save([], strange([body]), NOON)
    assert store.wrong() == 11
    told = {(one.finding.kind, one.finding.source): one.count for one in store.findings()}
    assert told[FindingKind.APART_DROPPED, SOURCE] == 15
    saved = store.adopt(SOURCE, NOON)
    assert saved is not None
    assert list(saved.progress.values()) == [Progress(0, 25)], "the newest stay; replay fills the gap"


def test_bytes_are_bounded_as_well(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gate.central.adapters.sql.notes.KEPT_APART_OF_ONE_BYTES", 3 * len(records(1)[0]))
    store = place.store()
    store.save([], strange(records(9)), NOON)
    assert 1 <= store.wrong() <= 3


class Changing:
    """A registry that somebody edits."""

    def __init__(self) -> None:
        self.current = EMPTY

    def __call__(self) -> Registry:
        return self.current


class Turns:
    """A chore that notes each turn of the ingest, behind its look at what is set apart."""

    def __init__(self, link: MemoryLink) -> None:
        self._link = link

    def joined(self) -> None:
        pass

    def look(self) -> None:
        self._link.deliver_note("turn")

    def heard(self, messages: Sequence[tuple[str, bytes]]) -> None:
        raise NotImplementedError(messages)

    def end(self) -> None:
        pass


def test_a_gate_gets_no_acknowledgement_until_the_registry_has_it_and_then_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.central.ingest.ADOPT_S", 0.05)
    registry, link, store = Changing(), MemoryLink(), opened(tmp_path / "db")
    known = arrived(2, ULID_B)
    ingest = Ingest(store, link, lambda: NOON, [Turns(link)], registry)
    worker = Worker("ingest", ingest.run, lambda _: None)
    worker.start()
    try:
        link.until(lambda: bool(link.of("start")))
        link.deliver(*(Delivery(TOPIC, body, seq) for seq, body in enumerate(records(3), 1)))
        link.until(lambda: link.of("acknowledge") == [1, 2, 3])
        turns = len(link.of("log"))
        link.until(lambda: len(link.of("log")) > turns + 2)
        assert link.of("publish") == []
        assert ingest.counts.kept == 0
        registry.current = HERE
        link.until(lambda: link.of("publish") == [(f"{SOURCE}/ack", 3)])
        link.deliver(*(Delivery(TOPIC, one.body, seq) for seq, one in enumerate(known, 4)))
        link.until(lambda: link.of("publish")[1:] == [(f"{SOURCE}/ack", 2)])
    finally:
        assert worker.stop(10)
        store.close()
    assert worker.error is None
    assert ingest.counts.kept == 5


def test_an_entry_at_another_site_does_not_let_it_speak() -> None:
    events = arrived(1)
    moved = replace(events[0], journal=replace(events[0].journal, source=SOURCE.replace(IDENTITY.site, "elsewhere")))
    assert stranger(ELSEWHERE, moved.journal.source) is None
    assert stranger(ELSEWHERE, SOURCE) is FindingKind.FOREIGN_SITE
    assert json.loads(events[0].body)["source"] == SOURCE
