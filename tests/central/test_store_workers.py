"""Several workers on one database at once: any interleaving of their batches leaves the same database."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.sql.tables import alarm, apart, event, finding, journal, visit
from gate.central.arrivals import Arrived, Wrong
from gate.central.store import StoreError
from gate.service.threads import Worker
from tests.central.conftest import Place
from tests.central.dumps import dump
from tests.central.examples import NOON
from tests.central.test_store_heads import head_of_another, of
from tests.wire.test_chain import head, plain

FRONT = of(plain, plain, head, plain, head_of_another, plain, plain, plain, head)
FRONT[6] = replace(FRONT[6], body=FRONT[6].body + b" ")
BACK = [replace(one, journal=replace(one.journal, source="gate/v1/jkt-01/back")) for one in FRONT]
ALL = [*FRONT, *BACK]
WRONG = [Wrong("gate/v1/jkt-01/front/evt/access", bytes([number]), "odd") for number in range(6)]
PATIENCE_S = 30.0

Batch = tuple[Sequence[Arrived], Sequence[Wrong]]


@st.composite
def shared_out(draw: st.DrawFn) -> tuple[list[Batch], list[Batch]]:
    """Every event and every wrong message for one of two workers or for both, in any order and in any batches."""
    workers: list[list[Arrived | Wrong]] = [[], []]
    everything: list[Arrived | Wrong] = [*ALL, *WRONG]
    for one in draw(st.permutations(everything)):
        for worker in draw(st.sampled_from([(0,), (1,), (0, 1)])):
            workers[worker].append(one)
    size = draw(st.integers(1, 9))
    first, second = ([_batch(all_[at : at + size]) for at in range(0, len(all_), size)] for all_ in workers)
    return first, second


def _batch(of_both: Sequence[Arrived | Wrong]) -> Batch:
    return (
        [one for one in of_both if isinstance(one, Arrived)],
        [one for one in of_both if isinstance(one, Wrong)],
    )


def save(store: SqlStore, batches: Sequence[Batch], begin: threading.Barrier) -> None:
    """As an ingest does: what fails is tried again, and in the end it is kept."""
    begin.wait(PATIENCE_S)
    for arrived, wrong in batches:
        for failures in range(100):
            try:
                store.save(arrived, wrong, NOON)
            except StoreError:
                assert failures < 99, "it never works"
            else:
                break


def at_once(stores: Sequence[SqlStore], shares: Sequence[Sequence[Batch]]) -> None:
    begin = threading.Barrier(len(stores))
    workers = [
        Worker(f"worker-{number}", lambda _stop, _beat, n=number: save(stores[n], shares[n], begin), lambda _: None)  # type: ignore[misc]
        for number in range(len(stores))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        assert worker.stop(PATIENCE_S)
        if worker.error:
            raise worker.error


def emptied(place: Place) -> None:
    with place.kept_database.writing() as link:
        for table in (event, visit, alarm, journal, apart, finding):
            link.execute(table.delete())


@given(shares=shared_out())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=8)
def test_any_interleaving_of_two_workers_leaves_the_same_database(
    place: Place, shares: tuple[list[Batch], list[Batch]]
) -> None:
    emptied(place)
    place.kept_open.save(ALL, WRONG, NOON)
    alone = dump(place)
    emptied(place)
    at_once((place.kept_open, place.second), shares)
    assert dump(place) == alone


def test_the_example_has_everything_that_depends_on_order(place: Place) -> None:
    """A control: what the property compares is not empty."""
    place.store().save(ALL, WRONG, NOON)
    events, journals, apart_, findings, visits, _ = dump(place)
    assert (len(events), len(journals), len(apart_), len(visits)) == (18, 2, 6, 2)
    assert {row[0] for row in findings} == {"chain_broken", "head_key_changed", "malformed"}
