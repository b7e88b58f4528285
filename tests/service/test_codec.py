"""Every value of the core comes back as it was; whatever else is read is a ``ValueError``."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.access.effects import Effect, Light, Line
from gate.access.events import Event
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.signals import Signal
from gate.service import codec
from gate.service.signal_log import Line as LogLine
from tests.access.examples import shown, valid
from tests.service.stories import EFFECTS, EVENTS, MEMORIES, SIGNALS

SIGNAL: Any = Signal
"""A union is not a type to mypy."""
KINDS: list[Any] = [Signal, Effect, Event, Memory, LogLine]


@pytest.mark.parametrize(
    ("kind", "values"),
    [(Signal, SIGNALS), (Effect, EFFECTS), (Event, EVENTS), (Memory, MEMORIES)],
    ids=["signal", "effect", "event", "memory"],
)
@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_every_value_comes_back_as_it_was(kind: Any, values: st.SearchStrategy[object], data: st.DataObject) -> None:
    value = data.draw(values)
    written = codec.encode(value, kind)
    assert codec.decode(written, kind) == value
    assert codec.encode(codec.decode(written, kind), kind) == written
    assert b"\n" not in written


def test_a_set_is_written_in_one_order() -> None:
    assert codec.encode(Light(frozenset(Line)), Effect) == codec.encode(Light(frozenset(sorted(Line))), Effect)
    assert json.loads(codec.encode(Light(frozenset(Line)), Effect))["lit"] == sorted(Line)


@pytest.mark.parametrize("kind", KINDS, ids=["signal", "effect", "event", "memory", "line"])
@pytest.mark.parametrize(
    "garbage",
    [
        b"", b" ", b"null", b"0", b"-1.5", b"true", b'"x"', b"[]", b"[[]]", b"{", b"\xff\xfe", b"\x00", b"NaN",
        b'{"is":"Nothing"}', b'{"is":null}', b'{"is":[]}', b'{"is":{}}', b'{"is":"Recorded"}', b'{"is":"Handled"}',
        b'{"is":"Recorded","ticket":"1"}', b'{"is":"Recorded","ticket":1.0}', b'{"is":"Recorded","ticket":true}',
        b'{"mode":"open"}', b'{"mode":[]}', b'{"visits":null}', b'{"visits":"1"}', b'{"visits":1.5}', b'{"visits":NaN}',
        b'{"visits":1e999}', b'{"visits":1,"more":2}', b'{"holds":{}}', b'{"holds":[[]]}', b"[" * 100_000,
        b'{"a":' * 100_000, b'{"visits":' + b"9" * 5000 + b"}",
    ],
    ids=lambda value: value[:24],
)  # fmt: skip
def test_garbage_is_a_value_error(kind: Any, garbage: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        codec.decode(garbage, kind)


JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
GRANTED = json.loads(codec.encode(shown(valid(), b"code", 10**9), Signal))


def _paths(tree: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = (
        [one for key, value in tree.items() for one in _paths(value, (*path, key))] if isinstance(tree, dict) else []
    )
    return [path, *below]


@given(path=st.sampled_from(_paths(GRANTED)), junk=JSON)
@settings(max_examples=300, deadline=None)
def test_a_signal_with_one_part_replaced_is_refused_or_read_as_written(path: tuple[str, ...], junk: object) -> None:
    tree: Any = json.loads(json.dumps(GRANTED))
    if not path:
        tree = junk
    else:
        at_key = tree
        for key in path[:-1]:
            at_key = at_key[key]
        at_key[path[-1]] = junk
    try:
        value = codec.decode(json.dumps(tree).encode(), SIGNAL)
    except ValueError:
        return
    assert json.loads(codec.encode(value, Signal)) == tree


def test_a_time_without_a_zone_is_refused() -> None:
    written = codec.encode(shown(valid(), b"code", 0), Signal)
    with pytest.raises(ValueError, match="time zone"):
        codec.decode(written.replace(b"+00:00", b""), SIGNAL)


def test_a_memory_from_before_a_field_was_added_is_read() -> None:
    assert codec.decode(b'{"mode":"locked_down"}', Memory) == Memory(DoorMode.LOCKED_DOWN)
    known = {"mode", "visits", "holds", "emergency", "assisted", "awaited", "alarms", "alarm_count", "counts"}
    known |= {"nonces", "retired"}
    assert {field.name for field in fields(Memory)} == known


def test_a_memory_with_a_field_of_a_later_version_is_not_read_by_halves() -> None:
    with pytest.raises(ValueError, match="not a Memory as this version writes it"):
        codec.decode(b'{"mode":"locked","lockdown_until":5}', Memory)


def test_what_is_refused_is_named() -> None:
    with pytest.raises(ValueError, match="not a Memory"):
        codec.decode(b"[]", Memory)
