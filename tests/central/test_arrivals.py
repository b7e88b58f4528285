"""What the centre takes for events, and what it does not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.central.arrivals import HIGHEST_SEQ, Wrong, read
from gate.wire import batch
from tests.central.examples import BATCH, TOPIC
from tests.wire.examples import ULID_A
from tests.wire.test_chain import records

RECORDS = records(3)


def test_an_event_and_a_batch_are_read_byte_for_byte() -> None:
    (one,) = read(TOPIC, RECORDS[0])  # type: ignore[misc]  # it is right
    assert (one.seq, one.body, one.journal.ulid) == (1, RECORDS[0], ULID_A)
    found = read(BATCH, batch.encode(RECORDS))
    assert isinstance(found, tuple)
    assert [one.body for one in found] == RECORDS


def _named(body: bytes, source: str) -> bytes:
    return json.dumps(json.loads(body) | {"source": source}).encode()


def _at(body: bytes, seq: int) -> bytes:
    found = json.loads(body)
    return json.dumps(found | {"data": found["data"] | {"seq": seq}}).encode()


@pytest.mark.parametrize(
    ("topic", "payload", "problem"),
    [
        ("gate/v1/jkt-01/other/evt/access", RECORDS[0], "another gate"),
        ("gate/v2/jkt-01/front/evt/access", RECORDS[0], "not a topic"),
        ("gate/v1/jkt-01/front/state", RECORDS[0], "not a topic"),
        ("something", b"", "not a topic"),
        ("gate/v1/JKT-01/front/evt/access", _named(RECORDS[0], "gate/v1/JKT-01/front"), "not a topic"),
        ("gate/v1/jkt-01/FRONT/evt/access", _named(RECORDS[0], "gate/v1/jkt-01/FRONT"), "not a topic"),
        (TOPIC, _at(RECORDS[0], HIGHEST_SEQ + 1), "journal, seq or prev"),
        (TOPIC, _at(RECORDS[0], 0), "journal, seq or prev"),
        (TOPIC, b"{}", "CloudEvents"),
        (TOPIC, b"\xff", ""),
        (BATCH, b"[]", "list of 1"),
        (BATCH, RECORDS[0], "list of 1"),
        (BATCH, b"[" + RECORDS[0] + b",{}]", "CloudEvents"),
        (TOPIC, json.dumps(json.loads(RECORDS[0]) | {"data": {"seq": 1}}).encode(), "journal, seq or prev"),
    ],
)
def test_what_is_wrong_is_told_without_quoting_it(topic: str, payload: bytes, problem: str) -> None:
    found = read(topic, payload)
    assert isinstance(found, Wrong)
    assert problem in found.problem


@given(st.binary(max_size=200), st.sampled_from([TOPIC, BATCH]))
def test_anything_is_read_or_wrong(payload: bytes, topic: str) -> None:
    assert isinstance(read(topic, payload), Wrong | tuple)
