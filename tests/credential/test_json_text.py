"""Strict JSON and base64url: what Python's own readers let through and is refused here."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import base64url, json_text
from gate.credential.errors import MalformedError

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | FLOATS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_objects_come_back_as_they_went(value: dict[str, Any]) -> None:
    assert json_text.decode_object(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"[]", b"1", b'"text"', b"null", b"{", b"{} {}", b"{'a':1}", b'{"a":01}', b'{"a":NaN}'),
        *(b'{"a":Infinity}', b'{"a":1,"a":1}', b'{"b":{"a":1,"a":2}}', b'{"a":"\x01"}', b"\xef\xbb\xbf{}"),
        *(b'{"a":"\xff"}', "{}".encode("utf-16"), b'{"a":' + b"1" * 5000 + b"}", b'{"a":' * 9000),
        *(b'{"a":' + b"[" * 60000, b'{"a":[' + b"{}," * 2000 + b"{}]}"),
    ],
    ids=lambda raw: repr(raw)[:30],
)  # fmt: skip
def test_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        json_text.decode_object(raw)


@given(st.binary(max_size=80))
def test_any_bytes_are_an_object_or_refused(raw: bytes) -> None:
    for text in (raw, b'{"a":' + raw + b"}"):
        try:
            assert isinstance(json_text.decode_object(text), dict)
        except MalformedError as error:
            assert str(error)  # noqa: PT017  (a refusal is one of the two outcomes)


@given(st.binary(max_size=80))
def test_bytes_have_one_spelling(raw: bytes) -> None:
    text = base64url.encode(raw).encode()
    assert base64url.decode(text) == raw
    assert base64.urlsafe_b64decode(text + b"==") == raw


@given(st.binary(max_size=12) | st.text(alphabet="AQgwB-_+/= \n", max_size=8).map(str.encode))
def test_another_spelling_is_refused(text: bytes) -> None:
    try:
        assert base64url.encode(base64url.decode(text)).encode() == text
    except MalformedError as error:
        assert str(error)  # noqa: PT017  (a refusal is one of the two outcomes)
