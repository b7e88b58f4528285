"""A list is cut into the very bytes of its values, and what is no list is none for either reader."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from gate.wire import jsontext

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
SPACES = st.text(" \t\r\n", max_size=2)


@given(st.lists(st.tuples(VALUES, st.booleans(), SPACES, SPACES), max_size=4), SPACES)
def test_each_value_comes_with_its_own_bytes(parts: list[tuple[Any, bool, str, str]], around: str) -> None:
    texts = [json.dumps(value, ensure_ascii=ascii_) for value, ascii_, _, _ in parts]
    inner = ",".join(before + text + after for text, (_, _, before, after) in zip(texts, parts, strict=True))
    found = jsontext.load_list(f"{around}[{inner}{around}]{around}".encode("utf-8", "replace"))
    assert found == [
        (text.encode("utf-8", "replace"), json.loads(text.encode("utf-8", "replace").decode())) for text in texts
    ]


@given(st.binary(max_size=30) | st.text('[]{},:"1 eE-\ufeff\n', max_size=12).map(str.encode))
@example(b"[1,]")
@example(b"[,1]")
@example(b"[1 2]")
@example(b"[1]x")
@example(b"[]]")
@example(b"[" * 5000)
@example(b"[1")
@example(b"\xef\xbb\xbf[]")
@example(b'[{"a":1,"a":2}]')
@example(b"[NaN]")
@example(b"[1e999]")
def test_both_readers_agree_on_what_a_list_is(payload: bytes) -> None:
    whole, cut = jsontext.load_any(payload), jsontext.load_list(payload)
    assert isinstance(cut, str) == (not isinstance(whole, list))
    if isinstance(cut, list):
        assert [value for _, value in cut] == whole
