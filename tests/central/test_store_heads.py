"""Signed heads and broken chains at the centre: what is a finding, once, and what is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from sqlalchemy import select

from gate.access.journal_events import ChainHead
from gate.central.adapters.sql.tables import head_key, journal
from gate.central.arrivals import Arrived
from gate.central.findings import FindingKind
from gate.wire.envelope import Place as Record
from tests.central.conftest import Place
from tests.central.examples import NOON, events
from tests.wire.test_chain import KEY, OTHER, Build, chained, head, plain, public, signed


def of(*builds: Build) -> list[Arrived]:
    return [one for body in chained(*builds) for one in events(body)]


def head_of_another(record: Record) -> ChainHead:
    return signed(OTHER, record)


def bad_head(record: Record) -> ChainHead:
    return replace(signed(KEY, record), covers=record.seq)


def kinds(place: Place) -> list[tuple[FindingKind, int]]:
    return [(one.finding.kind, one.count) for one in place.store().findings()]


def key_and_reach(place: Place) -> tuple[str | None, int]:
    with place.database().reading() as link:
        (row,) = link.execute(select(journal.c.key, journal.c.signed_to))
    return row.key, row.signed_to


def test_the_key_of_the_first_head_is_remembered_and_how_far_heads_reach(place: Place) -> None:
    place.store().save(of(plain, plain, head, plain, head, plain), [], NOON)
    assert key_and_reach(place) == (public(KEY), 4)
    assert kinds(place) == []


@pytest.mark.parametrize(
    ("builds", "found", "reach"),
    [
        ((plain, head, plain, head_of_another, plain), FindingKind.HEAD_KEY_CHANGED, 1),
        ((plain, head, plain, bad_head, plain), FindingKind.HEAD_NOT_SIGNED, 1),
        ((plain, bad_head, plain, head, plain), FindingKind.HEAD_NOT_SIGNED, 3),
    ],
)
def test_a_head_that_does_not_hold_is_a_finding_and_moves_nothing(
    place: Place, builds: tuple[Build, ...], found: FindingKind, reach: int
) -> None:
    store, all_ = place.store(), of(*builds)
    store.save(all_, [], NOON)
    store.save(all_, [], NOON)
    assert kinds(place) == [(found, 1)], "once, however often it comes"
    assert key_and_reach(place) == (public(KEY), reach)
    assert [one.whole_to for one in store.journals().values()] == [5], "and it holds up nothing"


def test_a_key_that_is_known_from_enrolment_is_the_only_one(place: Place) -> None:
    all_ = of(plain, head_of_another, plain, head)
    with place.database().writing() as link:
        link.execute(head_key.insert(), {"source": all_[0].journal.source, "key": public(KEY), "since": NOON})
    place.store().save(all_, [], NOON)
    assert kinds(place) == [(FindingKind.HEAD_KEY_CHANGED, 1)]
    assert key_and_reach(place) == (public(KEY), 3)


def test_a_broken_chain_is_a_finding_in_whatever_order_it_comes(place: Place) -> None:
    one, two, three = of(plain, plain, plain)
    other = replace(two, body=two.body + b" ")
    for number, order in enumerate(permutations((one, other, three))):
        elsewhere = replace(one.journal, source=f"gate/v1/jkt-01/door-{number}")
        for each in order:
            place.kept_open.save([replace(each, journal=elsewhere)], [], NOON)
    found = place.kept_open.findings()
    assert [(each.finding.kind, each.count) for each in found] == [(FindingKind.CHAIN_BROKEN, 1)] * 6
    assert all("record 3 " in each.finding.detail for each in found)


def test_changed_content_is_a_finding_and_kept_with_its_content(place: Place) -> None:
    (one,) = of(plain)
    changed = replace(one, body=one.body + b" ")
    for _ in range(2):
        place.kept_open.save([one, changed], [], NOON)
    assert kinds(place) == [(FindingKind.CONTENT_CHANGED, 1)]
    assert place.kept_open.wrong() == 1
