"""The chain: any change to a record, its order or its number is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gate.access.events import Event
from gate.access.journal_events import ChainHead, Missing, RecordsDropped
from gate.credential import base64url
from gate.wire import chain, chain_marks, envelope
from gate.wire.chain import Broken, Intact
from gate.wire.envelope import Place
from tests.wire.examples import GRANTED, IDENTITY, NOON, ULID_A, ULID_B


def records(count: int, journal: str = ULID_A) -> list[bytes]:
    bodies: list[bytes] = []
    prev = chain.first_prev(journal)
    for seq in range(1, count + 1):
        bodies.append(envelope.encode(GRANTED, Place(journal, seq, prev), IDENTITY, ULID_B, offline=False))
        prev = chain.digest(bodies[-1])
    return bodies


def test_the_first_record_names_the_journal() -> None:
    assert chain.first_prev("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_chain_as_written_is_intact(count: int) -> None:
    bodies = records(count)
    head = chain.digest(bodies[-1]) if bodies else chain.first_prev(ULID_A)
    assert chain.verify(ULID_A, bodies) == Intact(count, head)


@given(st.data())
def test_a_changed_byte_is_seen(data: st.DataObject) -> None:
    bodies = records(4)
    index = data.draw(st.integers(0, 2))
    at = data.draw(st.integers(0, len(bodies[index]) - 1))
    bodies[index] = bodies[index][:at] + bytes([bodies[index][at] ^ 1]) + bodies[index][at + 1 :]
    found = chain.verify(ULID_A, bodies)
    assert isinstance(found, Broken)
    assert found.seq in (index + 1, index + 2)


@pytest.mark.parametrize("order", [(1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 2, 1, 3), (0, 1, 1, 2)])
def test_a_missing_moved_or_repeated_record_is_seen(order: tuple[int, ...]) -> None:
    bodies = records(4)
    assert isinstance(chain.verify(ULID_A, [bodies[index] for index in order]), Broken)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"garbage", "not JSON"),
        (records(1, ULID_B)[0], "belongs to journal"),
        (records(2)[1], "seq is 2"),
        (envelope.encode(GRANTED, Place(ULID_A, 1, "0" * 64), IDENTITY, ULID_B, offline=False), "prev is not"),
        (records(1)[0].replace(b'"journal"', b'"journey"'), "missing"),
    ],
)
def test_it_says_what_does_not_hold(body: bytes, problem: str) -> None:
    found = chain.verify(ULID_A, [body])
    assert isinstance(found, Broken)
    assert problem in found.problem


KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()


def public(key: Ed25519PrivateKey) -> str:
    return base64url.encode(key.public_key().public_bytes_raw())


def signed(key: Ed25519PrivateKey, place: Place) -> ChainHead:
    covers, head = place.seq - 1, place.prev
    signature = base64url.encode(key.sign(chain.head_text(place.journal, covers, head)))
    return ChainHead(NOON, covers, head, public(key), signature)


Build = Callable[[Place], Event]


def chained(*builds: Build) -> list[bytes]:
    bodies: list[bytes] = []
    prev = chain.first_prev(ULID_A)
    for seq, build in enumerate(builds, start=1):
        place = Place(ULID_A, seq, prev)
        bodies.append(envelope.encode(build(place), place, IDENTITY, ULID_B, offline=False))
        prev = chain.digest(bodies[-1])
    return bodies


def plain(_: Place) -> Event:
    return GRANTED


def rewritten(_: Place) -> Event:
    return replace(GRANTED, visit=99)


def head(place: Place) -> Event:
    return signed(KEY, place)


def test_a_signed_head_covers_what_is_before_it() -> None:
    bodies = chained(plain, plain, head, plain, head, plain)
    found = chain.verify(ULID_A, bodies, frozenset({public(KEY)}))
    assert found == Intact(6, chain.digest(bodies[-1]), 1, 4, (public(KEY),))


def test_a_chain_rewritten_as_a_whole_is_seen_by_its_heads() -> None:
    """Without the gate's key nobody makes a head that fits; with another key it is another gate's."""
    true = chained(plain, plain, head, plain)
    stolen = envelope.decode(true[2])
    assert isinstance(stolen, envelope.Received)
    old = ChainHead(NOON, *(stolen.data[name] for name in ("covers", "head", "key", "signature")))
    forged = chained(plain, rewritten, lambda _: old, plain)
    assert chain.verify(ULID_A, forged) == Broken(3, "it does not sign the chain before it")
    fitted = chained(plain, rewritten, lambda place: replace(old, head=place.prev), plain)
    assert chain.verify(ULID_A, fitted) == Broken(3, "it does not sign the chain before it")
    signed_anew = chained(plain, rewritten, lambda place: signed(OTHER, place), plain)
    found = chain.verify(ULID_A, signed_anew, frozenset({public(KEY)}))
    assert found == Broken(3, f"the chain before it is signed by another key: {public(OTHER)}")
    bare = chain.verify(ULID_A, chained(plain, rewritten, plain, plain))
    assert isinstance(bare, Intact)
    assert bare.signed_to == 0, "a chain without heads is one that nobody vouches for"


@pytest.mark.parametrize("name", ["covers", "head", "key", "signature"])
@pytest.mark.parametrize("value", [None, "", "é", "A" * 43, 7, "AA"])
def test_a_head_with_a_wrong_field_is_no_head(name: str, value: Any) -> None:
    bodies = chained(plain, lambda place: replace(signed(KEY, place), **{name: value}))
    assert chain.verify(ULID_A, bodies) == Broken(2, "it does not sign the chain before it")


def test_a_journal_may_begin_with_a_signed_head_and_with_nothing_else() -> None:
    bodies = chained(plain, plain, head, plain)
    assert chain.verify(ULID_A, bodies[2:]) == Intact(2, chain.digest(bodies[-1]), 3, 2, (public(KEY),))
    for first in (1, 3):
        assert isinstance(chain.verify(ULID_A, bodies[first:]), Broken)


def explained(*ranges: tuple[int, int], bodies: list[bytes]) -> Build:
    """A record that explains these holes."""
    hashes = [chain.first_prev(ULID_A), *map(chain.digest, bodies)]
    missing = tuple(Missing(first, last, hashes[first - 1], hashes[last]) for first, last in ranges)
    return lambda _: RecordsDropped(NOON, missing, 1, 0, 0)


def without(bodies: list[bytes], *gone: int) -> list[bytes]:
    return [body for seq, body in enumerate(bodies, start=1) if seq not in gone]


EIGHT = [plain, plain, plain, plain, plain, plain, head, plain]


@pytest.mark.parametrize(
    ("ranges", "gone"),
    [
        ([(1, 2)], (1, 2)),
        ([(2, 2), (4, 5)], (2, 4, 5)),
        ([(1, 1), (2, 4), (5, 5)], (1, 2, 3, 4, 5)),
        ([(8, 8)], (8,)),
        ([(2, 3)], ()),
    ],
)
def test_holes_that_a_later_record_explains_hold(ranges: list[tuple[int, int]], gone: tuple[int, ...]) -> None:
    bodies = chained(*EIGHT)
    bodies = chained(*EIGHT, explained(*ranges, bodies=bodies), plain)
    found = chain.verify(ULID_A, without(bodies, *gone))
    assert isinstance(found, Intact), found
    assert (found.count, found.missing) == (10 - len(gone), len(gone))


@pytest.mark.parametrize(
    ("ranges", "gone", "broken"),
    [
        ([(1, 2)], (1, 2, 4), 4),
        ([(1, 1)], (1, 2), 1),
        ([(4, 6)], (4, 5), 4),
        ([(5, 6)], (4, 5, 6), 4),
        ([], (6,), 6),
    ],
)
def test_a_hole_that_is_not_exactly_explained_is_seen(
    ranges: list[tuple[int, int]], gone: tuple[int, ...], broken: int
) -> None:
    bodies = chained(*EIGHT)
    bodies = chained(*EIGHT, explained(*ranges, bodies=bodies), plain)
    found = chain.verify(ULID_A, without(bodies, *gone))
    assert isinstance(found, Broken)
    assert found.seq == broken
    assert "no record explains" in found.problem


def test_what_stands_beside_a_hole_cannot_be_changed() -> None:
    bodies = chained(*EIGHT)
    true = chained(*EIGHT, explained((4, 5), bodies=bodies), plain)
    changed = chained(plain, plain, plain, plain, plain, rewritten)
    found = chain.verify(ULID_A, [*without(true, 4, 5, 6, 7, 8, 9, 10), changed[5], *true[6:]])
    assert isinstance(found, Broken)


def test_the_hashes_on_both_sides_of_a_hole_have_to_be_those_that_were_there() -> None:
    """Each of these is seen by nothing but the record that explains the hole."""
    bodies = chained(*EIGHT)
    true = chained(*EIGHT, explained((4, 5), bodies=bodies), plain)
    before = [*without(true, 3, 4, 5)[:2], chained(plain, plain, rewritten)[2], *true[5:]]
    assert isinstance(chain.verify(ULID_A, without(true, 4, 5)), Intact)
    assert chain.verify(ULID_A, before) == Broken(4, "seq is 6, and no record explains what is missing before it")
    (gone,) = chain_marks.ranges_of(
        {"ranges": [{"first": 8, "last": 8, "prev": chain.digest(true[6]), "head": "0" * 64}]}
    )
    other = chained(*EIGHT, lambda _: RecordsDropped(NOON, (gone,), 1, 0, 0))
    assert chain.verify(ULID_A, without(other, 8)) == Broken(
        8, "seq is 9, and no record explains what is missing before it"
    )


@pytest.mark.parametrize(
    "ranges", [None, 7, {}, [7], [{}], [{"first": "1", "last": 2, "prev": "", "head": ""}], [{"first": True}]]
)
def test_ranges_that_are_none_explain_nothing(ranges: Any) -> None:
    assert list(chain_marks.ranges_of({"ranges": ranges})) == []
