"""The chain: any change to a record, its order or its number is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.wire import chain, envelope
from gate.wire.chain import Broken, Intact
from gate.wire.envelope import Place
from tests.wire.examples import GRANTED, IDENTITY, ULID_A, ULID_B


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
