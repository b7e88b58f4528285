"""The contract of the centre's database, held by every kind of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.tables import SCHEMA_VERSION, gate_central
from gate.central.arrivals import Arrived, Journal, Wrong
from gate.central.findings import FindingKind
from gate.central.store import Progress, StoreError
from tests.broker import free_port
from tests.central.conftest import Place
from tests.central.examples import NOON, arrived
from tests.postgres import Server
from tests.wire.examples import ULID_A, ULID_B


def journal_of(events: list[Arrived]) -> Journal:
    return events[0].journal


def test_what_was_saved_is_there_after_a_restart_byte_for_byte(place: Place) -> None:
    events = arrived(5)
    saved = place.store().save(events, [], NOON)
    assert (saved.new, saved.again, saved.changed) == (5, 0, 0)
    again = place.store()
    assert list(again.bodies(journal_of(events))) == [(one.seq, one.body) for one in events]
    assert again.journals() == {journal_of(events): Progress(5, 5)}


_numbers = count()


def at_a_new_gate(events: list[Arrived]) -> list[Arrived]:
    """The same events of a gate that no test has used."""
    source = f"gate/v1/jkt-01/door-{next(_numbers)}"
    return [replace(one, journal=replace(one.journal, source=source)) for one in events]


@given(order=st.permutations(range(8)), cuts=st.lists(st.integers(0, 8), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_any_order_in_any_batches_with_repetitions_ends_the_same(
    place: Place, order: list[int], cuts: list[int]
) -> None:
    events, store = at_a_new_gate(arrived(8)), place.kept_open
    for start, end in pairwise(sorted({0, *cuts, 8})):
        store.save([events[number] for number in order[start:end]], [], NOON)
        store.save([events[order[start]]], [], NOON)
    assert store.journals()[journal_of(events)] == Progress(8, 8)
    assert store.gaps(journal_of(events)) == []


def test_a_number_that_is_left_out_is_a_gap_though_the_chain_holds_over_it(place: Place) -> None:
    """Whoever holds the card can leave a record out, and name the one before it in the next."""
    events, store = arrived(3), place.store()
    left_out = replace(events[2], seq=4)
    store.save([*events[:2], left_out], [], NOON)
    assert store.journals() == {journal_of(events): Progress(2, 4)}
    assert store.gaps(journal_of(events)) == [(3, 3)]


def test_what_is_kept_is_on_the_disk(new_place: Place) -> None:
    """Whatever the server has as its default: what a gate is told has to outlive the machine."""
    is_file = new_place.url.startswith("sqlite")
    if not is_file:
        with new_place.database().writing() as link:
            name = new_place.url.rpartition("/")[2]
            link.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with new_place.database().writing() as link:
        found = link.exec_driver_sql("PRAGMA synchronous" if is_file else "SHOW synchronous_commit").scalar()
    assert found == (2 if is_file else "on"), "2 is FULL"


def test_a_gap_is_seen_and_closed(place: Place) -> None:
    events, store = arrived(9), place.store()
    assert store.save([*events[:2], *events[4:6], events[8]], [], NOON).progress == {journal_of(events): Progress(2, 9)}
    assert store.gaps(journal_of(events)) == [(3, 4), (7, 8)]
    store.save(events[2:4], [], NOON)
    assert store.gaps(journal_of(events)) == [(7, 8)]
    assert store.journals()[journal_of(events)] == Progress(6, 9)


def test_an_event_that_comes_again_with_other_content_is_set_apart(place: Place) -> None:
    events, store = arrived(2), place.store()
    store.save(events, [], NOON)
    saved = store.save([replace(events[1], body=events[1].body + b" ")], [], NOON)
    assert (saved.new, saved.again, saved.changed) == (0, 0, 1)
    assert dict(store.bodies(journal_of(events)))[2] == events[1].body
    assert store.wrong() == 1


def test_a_broken_chain_is_seen_where_it_breaks_and_does_not_stop_the_rest(place: Place) -> None:
    events, store = arrived(4), place.store()
    store.save([events[0], replace(events[1], body=events[1].body + b" "), *events[2:]], [], NOON)
    assert store.journals()[journal_of(events)] == Progress(4, 4, broken_at=3)


def test_journals_are_apart(place: Place) -> None:
    first, second, store = arrived(3), arrived(2, ULID_B), place.store()
    store.save([*first, *second], [], NOON)
    elsewhere = [replace(one, journal=replace(one.journal, source="gate/v1/jkt-02/front")) for one in first]
    store.save(elsewhere, [], NOON)
    assert sorted(progress.whole_to for progress in store.journals().values()) == [2, 3, 3]
    assert journal_of(first).ulid == ULID_A


def test_messages_that_are_wrong_are_kept_apart_once_up_to_a_bound(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.central.adapters.sql.notes.KEPT_APART", 10)
    store = place.store()
    store.save([], [Wrong("somewhere", str(number).encode(), "odd") for number in range(12)], NOON)
    store.save([], [Wrong("somewhere", b"3", "odd")], NOON)
    assert store.wrong() == 10
    told = {one.finding.kind: one.count for one in store.findings()}
    assert told == {FindingKind.MALFORMED: 12, FindingKind.APART_DROPPED: 2}


@pytest.mark.parametrize("name", ["\0", "é" * 30_000, "\\ud800", "%s {} '"])
def test_a_message_of_any_topic_is_set_apart(place: Place, name: str) -> None:
    store = place.store()
    for _ in range(2):
        store.save([], [Wrong(f"gate/v1/jkt-01/front/evt/{name}", b"\0", "odd")], NOON)
    assert store.wrong() == 1


def test_two_workers_save_the_same_events_at_once(place: Place) -> None:
    events = arrived(20)
    one, other = place.store(), place.store()
    for start in range(0, 20, 4):
        one.save(events[start : start + 3], [], NOON)
        other.save(events[start + 1 : start + 4], [], NOON)
    assert one.journals() == other.journals() == {journal_of(events): Progress(20, 20)}


def test_another_program_s_database_is_refused(new_place: Place) -> None:
    with new_place.database().writing() as link:
        link.exec_driver_sql("ALTER TABLE gate_central RENAME TO accounts")
    with pytest.raises(StoreError, match="of another program"):
        new_place.database()


def test_another_version_s_database_is_refused(new_place: Place) -> None:
    with new_place.database().writing() as link:
        link.execute(gate_central.update().values(schema=SCHEMA_VERSION + 1))
    with pytest.raises(StoreError, match="another version of gate"):
        new_place.database()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "centre.db"
    path.write_bytes(b"not a database at all, but long enough to be taken for one" * 20)
    for url in (f"sqlite:///{path}", f"sqlite:///{tmp_path}/nowhere/centre.db"):
        with pytest.raises(StoreError, match=r"cannot be used.*check the disk"):
            open_database(url)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "cannot be read"),
        ("nonsense", "cannot be read"),
        ("mysql://centre@db/events", "mysql is not a database"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://gate:hush@db/events", "holds a password"),
        ("postgresql://gate@db/events?password=hush", "holds a password"),
        ("postgresql://gate@db/events?sslmode=verify-full&sslpassword=hush", "holds a password"),
    ],
)
def test_a_url_that_will_not_do_is_refused_with_advice(url: str, told: str) -> None:
    with pytest.raises(StoreError, match=told) as refused:
        open_database(url)
    assert "hush" not in str(refused.value)


def test_a_wrong_password_is_told_and_not_printed(server: Server) -> None:
    with pytest.raises(StoreError, match=r"password authentication failed.*password file") as refused:
        open_database(server.new(), "another-secret")
    assert "another-secret" not in str(refused.value)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreError, match=r"check that the server runs"):
        open_database(f"postgresql://gate@127.0.0.1:{free_port()}/centre")


def test_sqlite_keeps_the_file_for_its_owner_alone(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/centre.db").close()
    assert (tmp_path / "centre.db").stat().st_mode & 0o777 == 0o600
