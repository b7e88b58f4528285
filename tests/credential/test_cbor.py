"""Strict CBOR: what cbor2 lets through by default and is refused here."""

from __future__ import annotations

import math
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import cbor
from gate.credential.errors import MalformedError

KEYS = st.integers(-(2**64), 2**64 - 1) | st.text(max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)


PLAIN = SCALARS | nested(SCALARS | nested(SCALARS | nested(SCALARS)))


@given(PLAIN)
@settings(deadline=None)
def test_plain_values_come_back_as_they_went(value: Any) -> None:
    back = cbor.decode(cbor.encode(value))
    assert back == value
    assert cbor.encode(back) == cbor.encode(value)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="nothing"),
        pytest.param("8301", id="cut short"),
        pytest.param("0102", id="bytes after the item"),
        pytest.param("9f01ff", id="indefinite array"),
        pytest.param("bf0102ff", id="indefinite map"),
        pytest.param("5f4101ff", id="indefinite bytes"),
        pytest.param("7f6161ff", id="indefinite text"),
        pytest.param("a201010102", id="duplicate integer keys"),
        pytest.param("a20101180102", id="the same key spelt longer"),
        pytest.param("a2616101616102", id="duplicate text keys"),
        pytest.param("a1f97e0001", id="a NaN key"),
        pytest.param("a2f97e0001f97e0002", id="two NaN keys"),
        pytest.param("a1f93c0001", id="a float key"),
        pytest.param("a1f501", id="a boolean key"),
        pytest.param("a1f601", id="a null key"),
        pytest.param("a1410101", id="a bytes key"),
        pytest.param("a1810101", id="an array key"),
        pytest.param("a1a001", id="a map key"),
        pytest.param("f97e00", id="NaN"),
        pytest.param("f97c00", id="infinity"),
        pytest.param("81f9fc00", id="minus infinity inside"),
        pytest.param("fb7ff8000000000000", id="NaN as a double"),
        pytest.param("f7", id="undefined"),
        pytest.param("f0", id="a simple value"),
        pytest.param("ff", id="a break alone"),
        pytest.param("1c", id="a reserved length"),
        pytest.param("c24101", id="a bignum"),
        pytest.param("62c328", id="text that is not UTF-8"),
        pytest.param("63eda080", id="half a surrogate pair"),
        pytest.param("9b7fffffffffffffff", id="an array that claims 2^63 items"),
        pytest.param("5b7fffffffffffffff", id="a string that claims 2^63 bytes"),
        pytest.param("bb7fffffffffffffff", id="a map that claims 2^63 pairs"),
        pytest.param("81" * (cbor.MAX_DEPTH + 1) + "01", id="too deep"),
        pytest.param("81" * 8000 + "01", id="deep enough to overflow a stack"),
        pytest.param("c6" * 8000 + "01", id="tags upon tags"),
        pytest.param("a101" * 4000 + "01", id="maps upon maps"),
    ],
)
def test_refused(data: str) -> None:
    with pytest.raises(MalformedError):
        cbor.decode(bytes.fromhex(data))


def head(tag: int) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(tag, None))[:-1]


def test_every_tag_is_refused_also_those_that_cbor2_would_turn_into_plain_values() -> None:
    samples = [bytes.fromhex(item) for item in ("01", "4101", "6131", "8101", "820101", "a0", "f6")]
    for tag in [*range(1500), 43000, 43001, 55799, 55800, 65535, 65536, 2**32, 2**64 - 1]:
        for sample in samples:
            with pytest.raises(MalformedError):
                cbor.decode(head(tag) + sample)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_arbitrary_bytes_are_a_plain_value_or_refused(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except MalformedError:
        return
    assert_plain(value)


def assert_plain(value: object) -> None:
    match value:
        case list():
            for item in value:
                assert_plain(item)
        case dict():
            assert {type(key) for key in value} <= {int, str}
            for item in value.values():
                assert_plain(item)
        case float():
            assert math.isfinite(value)
        case _:
            assert value is None or type(value) in {bool, int, str, bytes}
