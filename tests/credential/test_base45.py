"""Base45: the examples of RFC 9285, one text for each value, and nothing else accepted."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gate.credential import base45
from gate.credential.errors import MalformedError

RFC_9285 = [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")]


@pytest.mark.parametrize(("data", "text"), RFC_9285)
def test_the_examples_of_the_rfc(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text.encode()) == data


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_what_was_encoded_decodes_to_itself(data: bytes) -> None:
    assert base45.decode(base45.encode(data).encode()) == data


@given(st.binary(max_size=60) | st.text(alphabet=base45.ALPHABET.decode(), max_size=60).map(str.encode))
@example(b"FGW")
@example(b"U5")
@settings(deadline=None)
def test_a_text_either_is_the_only_one_of_its_value_or_is_refused(text: bytes) -> None:
    try:
        data = base45.decode(text)
    except MalformedError:
        return
    assert base45.encode(data).encode() == text


@pytest.mark.parametrize(
    "text",
    [b"A", b"BB8A", b"bb8", b"BB8\n", b"BB\x00", b"GGW", b":::", b"::", b"V5", b"\xff\xff\xff", "Ä00".encode()],
)
def test_refused(text: bytes) -> None:
    with pytest.raises(MalformedError):
        base45.decode(text)
