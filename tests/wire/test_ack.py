"""The centre's word: what it may be, and that garbage is a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.wire import ack, topics
from gate.wire.ack import Ack
from gate.wire.envelope import NotAnEvent
from tests.wire.examples import IDENTITY, ULID_A
from tests.wire.validate import check


@given(st.integers(0, 2**53), st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_what_is_written_is_read_and_what_the_contract_says(seq: int, head: str | None) -> None:
    payload = ack.encode(Ack(ULID_A, seq, head))
    assert ack.decode(payload) == Ack(ULID_A, seq, head)
    check(topics.below(IDENTITY, topics.ACK), payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"journal":"x","seq":1}',
        b'{"journal":"01HZX5GQ7J8K9M0N1P2Q3R4S5T","seq":-1}',
        b'{"journal":"01HZX5GQ7J8K9M0N1P2Q3R4S5T","seq":true}',
        b'{"journal":"01HZX5GQ7J8K9M0N1P2Q3R4S5T","seq":1.0}',
        b'{"journal":null,"seq":1}',
        b'{"journal":"01HZX5GQ7J8K9M0N1P2Q3R4S5T","seq":1,"head":7}',
        b'{"journal":"01HZX5GQ7J8K9M0N1P2Q3R4S5T","seq":1,"head":"AB"}',
    ],
)
def test_anything_else_is_no_ack(payload: bytes) -> None:
    assert isinstance(ack.decode(payload), NotAnEvent)


@given(st.binary(max_size=200))
def test_garbage_raises_nothing(payload: bytes) -> None:
    ack.decode(payload)
