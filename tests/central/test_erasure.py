"""Erasure: what is old is gone, everything else holds, and the receipt says what it was."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.event import listen

from gate.access.command_events import Retired
from gate.access.events import AccessEvent
from gate.access.journal_events import ChainHead
from gate.central import erasing
from gate.central.adapters.sql import engine, erasure
from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.sql.tables import alarm, event, visit
from gate.central.adapters.sql.tables import erasure as erasure_table
from gate.central.archive import Wanted
from gate.central.arrivals import Arrived, Wrong
from gate.central.erasing import SETTLED, Outcome, due
from gate.central.receipt import Erased, sign, verify
from gate.central.store import Progress
from gate.credential.model import Colour
from gate.service.threads import Worker
from gate.wire import chain
from tests.central.conftest import Place
from tests.central.conftest import at as place_at
from tests.central.examples import NOON
from tests.central.stories import at, day, granted, held_then_refused, pseudonym, recorded
from tests.central.test_tracing import START
from tests.postgres import PASSWORD, Server
from tests.wire.examples import ULID_A, ULID_B

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
MONTH = timedelta(days=30)
DAY = recorded([*day(), ChainHead(at(30), 14, "ab" * 32, "A" * 43, "B" * 86)])
LATER = NOON + MONTH

RECEIPT = Erased(3, NOON, NOON, "uid-0", START, 5, 4, 1, "rewritten", ("gate/v1/jkt-01/back",), "ab" * 32)


def erase(place: Place, before: datetime = NOON + SETTLED, now: datetime = LATER, *, rewrite: bool = False) -> Outcome:
    ticks = count()
    clock: Callable[[], datetime] = lambda: now + timedelta(seconds=next(ticks))  # noqa: E731  (a clock)
    return place.eraser().erase(due(before, now), "uid-1001", clock, lambda erased: sign(erased, KEY), rewrite=rewrite)


def told(outcome: Outcome) -> dict[str, object]:
    assert outcome.receipt is not None
    found = verify(outcome.receipt, KEY.public_key())
    assert isinstance(found, dict), found
    return found


def chain_holds(place: Place) -> bool:
    """By the hashes that are kept alone, and by the bodies where they are."""
    with place.database().reading() as link:
        rows = list(link.execute(select(event).order_by(event.c.journal, event.c.seq)))
    prev = {row.journal: chain.first_prev(ULID_A) for row in rows}
    for row in rows:
        if row.prev != prev[row.journal] or (row.body is not None and chain.digest(bytes(row.body)) != row.digest):
            return False
        prev[row.journal] = row.digest
    return True


def test_old_records_lose_their_content_and_the_chain_still_holds(place: Place) -> None:
    store = place.store()
    store.save(DAY, [Wrong("somewhere", b"rubbish", "odd")], NOON)
    outcome = erase(place)
    found = told(outcome)
    assert outcome.erased
    assert (found["records"], found["visits"], found["messages"]) == (len(DAY) - 1, 4, 1)
    assert (found["by"], found["before"]) == ("uid-1001", "2026-12-02T12:00:00.000Z")
    assert [seq for seq, _ in store.bodies(DAY[0].journal)] == [len(DAY)]  # the head stays
    assert store.journals() == {DAY[0].journal: Progress(len(DAY), len(DAY))}
    assert store.wrong() == 0
    assert chain_holds(place)


def test_who_it_was_is_gone_and_what_happened_stays(place: Place) -> None:
    place.store().save(DAY, [], NOON)
    erase(place)
    found = [one.visit.story for one in place.archive().visits(Wanted())]
    assert {(one.fp, one.epoch, one.officer) for one in found if one is not None} == {(None, None, None)}
    assert [one.colour for one in found if one is not None] == ["green", "red", "black", "green"]
    with place.database().reading() as link:
        assert link.execute(select(alarm.c.acknowledged_by)).scalars().all() == [None]


def test_a_record_that_comes_again_brings_nothing_back(place: Place) -> None:
    store = place.store()
    store.save(DAY, [], NOON)
    erase(place)
    saved = store.save(DAY, [], LATER)
    assert (saved.new, saved.again, saved.changed) == (0, len(DAY), 0)
    assert not any(one.visit.story and one.visit.story.fp for one in place.archive().visits(Wanted()))


def test_what_is_not_old_stays(place: Place) -> None:
    store = place.store()
    young = [replace(one, at=LATER) for one in recorded([granted(1, 0)], "01HZX5GQ7J8K9M0N1P2Q3R4S5V")]
    store.save(DAY, [], NOON)
    store.save(young, [], LATER)
    erase(place)
    assert list(store.bodies(young[0].journal)) == [(1, young[0].body)]
    (found,) = place.archive().visits(Wanted(journal=young[0].journal.ulid))
    assert found.visit.story is not None
    assert found.visit.story.fp == pseudonym(1).fp


def test_of_one_journal_only_the_old_part_goes(place: Place) -> None:
    old, young = recorded([granted(1, 0), granted(2, 40 * 24 * 60, person=2)])
    store = place.store()
    store.save([old], [], NOON)
    store.save([young], [], LATER)
    erase(place)
    names = {one.visit.number: one.visit.story and one.visit.story.fp for one in place.archive().visits(Wanted())}
    assert names == {1: None, 2: pseudonym(2).fp}


@pytest.mark.parametrize(
    ("made", "came", "gone"),
    [
        (-31, -31, True),
        (-31, -8, True),
        (-31, -6, False),
        (-20, -20, False),
        (+900, -31, True),
        (-9000, -1, False),
    ],
    ids=["old", "late", "late and not settled", "young", "clock ahead", "clock behind"],
)
def test_a_wrong_clock_neither_keeps_a_record_for_ever_nor_takes_it_at_once(
    place: Place, made: int, came: int, *, gone: bool
) -> None:
    one = replace(DAY[0], at=LATER + timedelta(days=made))
    place.store().save([one], [], LATER + timedelta(days=came))
    erase(place, before=LATER - MONTH)
    assert (list(place.store().bodies(one.journal)) == []) is gone


def test_beside_a_worker_nothing_that_was_erased_comes_back(place: Place) -> None:
    """Visits whose records are kept in several batches, each merged into rows that are being erased."""
    events = recorded([event for number in range(1, 40) for event in held_then_refused(number, number, Colour.RED)])
    shuffled = [*events[::3], *events[1::3], *events[2::3], *events]
    store = place.store()

    def body(stop: threading.Event, _beat: Callable[[], None]) -> None:
        for start in range(0, len(shuffled), 6):
            if not stop.is_set():
                store.save(shuffled[start : start + 6], [], NOON)

    ended: list[Worker] = []
    worker = Worker("ingest", body, ended.append)
    worker.start()
    while not ended:
        erase(place)
    assert worker.stop(30)
    assert worker.error is None
    erase(place)
    assert list(store.bodies(events[0].journal)) == []
    found = [one.visit.story for one in place.archive().visits(Wanted())]
    assert len(found) == 39
    assert {(one.fp, one.officer) for one in found if one is not None} == {(None, None)}
    assert chain_holds(place)


def test_an_erasure_waits_for_a_worker_that_has_read_what_is_to_go(server: Server) -> None:
    """SQLite has one writer at a time. On PostgreSQL the worker would write back the pseudonym that it had read."""
    held, refused = recorded(held_then_refused(1, 0, Colour.RED))
    with place_at(server.new(), PASSWORD) as place:
        place.store().save([refused], [], NOON)
        done = threading.Event()

        def body(_stop: threading.Event, _beat: Callable[[], None]) -> None:
            erase(place)

        eraser = Worker("eraser", body, lambda _: done.set())

        def meanwhile(*told: Any) -> None:
            if told[2].startswith("INSERT INTO visit") and not done.is_set():
                eraser.start()
                assert not done.wait(0.5)

        database = place.database()
        listen(database.engine, "before_cursor_execute", meanwhile)
        SqlStore(database).save([held], [], NOON)
        assert done.wait(20)
        assert eraser.stop(20)
        assert eraser.error is None
        (found,) = place.archive().visits(Wanted())
        assert found.visit.story is not None
        assert found.visit.story.fp is None


def test_a_second_time_changes_nothing_and_gives_the_same_receipt(place: Place) -> None:
    place.store().save(DAY, [], NOON)
    first, second = erase(place), erase(place)
    assert (first.erased, second.erased) == (True, False)
    assert first.receipt == second.receipt
    assert erase(place, before=NOON - MONTH).receipt == first.receipt
    assert [entry.act.verb for entry, _ in place.office().audit()] == ["erase"]


def test_the_receipt_says_how_the_database_got_rid_of_it(place: Place) -> None:
    store = place.store()
    store.save(DAY, [], NOON)
    assert told(erase(place, rewrite=True))["database"] == "rewritten"
    store.save(recorded(day(), ULID_B), [], NOON)
    always = place.url.startswith("sqlite")
    assert told(erase(place))["database"] == ("rewritten" if always else "vacuumed")


def test_a_file_that_somebody_reads_is_not_called_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_BUSY_S", 0.05)
    with place_at(f"sqlite:///{tmp_path}/centre.db") as place:
        place.store().save(DAY, [], NOON)
        with place.database().reading() as link:
            assert link.execute(select(event.c.seq)).first()
            assert told(erase(place))["database"] == "vacuumed"


def test_without_anything_old_there_is_no_receipt(place: Place) -> None:
    assert erase(place) == Outcome(erased=False, receipt=None)


class _PowerCutError(Exception):
    pass


@pytest.mark.parametrize("steps", range(7))
def test_an_erasure_that_was_cut_goes_on_and_counts_everything_once(
    place: Place, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "WINDOW", 4)
    place.store().save(DAY, [Wrong("somewhere", b"rubbish", "odd")], NOON)
    left = iter(range(steps))
    whole = erasure._count

    def cut(*args: object, **more: int) -> None:
        whole(*args, **more)  # type: ignore[arg-type]
        if next(left, None) is None:
            raise _PowerCutError

    monkeypatch.setattr(erasure, "_count", cut)
    with pytest.raises(_PowerCutError) if steps < 5 else nullcontext():
        erase(place)
    monkeypatch.setattr(erasure, "_count", whole)
    found = told(erase(place))
    assert (found["records"], found["visits"], found["messages"]) == (len(DAY) - 1, 4, 1)
    with place.database().reading() as link:
        assert len(link.execute(select(erasure_table.c.id)).all()) == 1


def test_gates_that_may_still_have_their_keys_are_named(place: Place) -> None:
    store = place.store()

    def at_gate(name: str, *days: int) -> None:
        events = [granted(number, 24 * 60 * days_) for number, days_ in enumerate(days, 1)]
        for one in recorded(events, gate=name):
            store.save([one], [], one.at)

    at_gate("there", 0, 10, 17)
    at_gate("once-since", 0, 17)
    at_gate("away", 0, 1)
    for one in recorded([granted(1, 0), Retired(at(60), "centre:0a1b")], gate="retired"):
        store.save([one], [], one.at)
    before = NOON + timedelta(days=2)
    assert told(erase(place, before=before))["not_heard"] == ["gate/v1/jkt-01/away", "gate/v1/jkt-01/once-since"]


def test_the_receipt_names_the_newest_entry_of_the_audit(place: Place) -> None:
    place.store().save(DAY, [], NOON)
    found = told(erase(place))
    assert found["audit"] == [digest for _, digest in place.office().audit()][-1]


def crowd(count: int) -> list[AccessEvent]:
    return [granted(number, number / 60, person=2**100 + number * 7919) for number in range(1, count)]


def keep(place: Place, people: list[AccessEvent]) -> None:
    """In many small batches, so that pages are split and rows move."""
    store, events = place.store(), recorded(people)
    for start in range(0, len(events), 15):
        store.save(_shuffled(events[start : start + 15]), [], NOON)


def named(people: list[AccessEvent], files: bytes) -> list[AccessEvent]:
    return [one for one in people if one.credential and one.credential.fp.encode() in files]


def test_nothing_of_it_is_left_in_the_file(tmp_path: Path) -> None:
    people = crowd(800)
    with place_at(f"sqlite:///{tmp_path}/centre.db") as place:
        keep(place, people)
        assert named(people, _files(tmp_path)) == people
        found = told(erase(place))
        assert (found["visits"], found["database"]) == (len(people), "rewritten")
        assert named(people, _files(tmp_path)) == []
        assert b"granted" in _files(tmp_path)


def test_nothing_of_it_is_left_in_the_tables_of_a_server_that_writes_them_anew(server: Server) -> None:
    people = crowd(300)
    with place_at(server.new(), PASSWORD) as place:
        keep(place, people)
        with place.database().reading() as link:
            folder = Path(link.exec_driver_sql("SHOW data_directory").scalar_one())
            oid = link.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").scalar_one()
        server.run("CHECKPOINT")
        assert named(people, _files(folder / "base" / str(oid))) == people
        assert told(erase(place, rewrite=True))["database"] == "rewritten"
        server.run("CHECKPOINT")
        assert named(people, _files(folder / "base" / str(oid))) == []


def _shuffled(events: list[Arrived]) -> list[Arrived]:
    return events[::2] + events[1::2]


def _files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_receipt_is_good_with_its_own_key_alone() -> None:
    raw = sign(RECEIPT, KEY)
    assert verify(raw, KEY.public_key()) == json.loads(raw)["receipt"]
    assert "signature is not of this key" in str(verify(raw, OTHER.public_key()))


@given(st.data())
def test_a_receipt_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    raw = sign(RECEIPT, KEY).rstrip()
    at_byte = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:at_byte] + bytes([raw[at_byte] ^ data.draw(st.integers(1, 127))]) + raw[at_byte + 1 :]
    found = verify(changed, KEY.public_key())
    assert isinstance(found, str) or found == verify(raw, KEY.public_key())


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"receipt":{},"key":"","signature":"="}', b'{"receipt":1}', b"\xff"])
def test_what_is_no_receipt_is_told(raw: bytes) -> None:
    assert isinstance(verify(raw, KEY.public_key()), str)


def test_no_retention_is_shorter_than_gates_keep_their_keys() -> None:
    assert timedelta(weeks=2) <= erasing.LEAST
    assert visit.c.fp.nullable
