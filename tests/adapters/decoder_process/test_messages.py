"""What the two sides say: it comes out as it went in, and nothing else comes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.decoder_process.messages import (
    FARTHEST,
    HEADER_SIZE,
    MOST_ANSWER,
    MOST_CORNERS,
    MOST_SYMBOLS,
    MOST_TEXT,
    Header,
    Kind,
    Request,
    WrongMessage,
    read_header,
    read_request,
    read_symbols,
    read_text,
    write,
    write_request,
    write_symbols,
    write_text,
)
from gate.ports import Symbol

NUMBERS = st.integers(0, 2**32 - 1)
PLACES = st.integers(-FARTHEST, FARTHEST)
SYMBOLS = st.builds(
    Symbol,
    st.binary(max_size=300),
    st.lists(st.tuples(PLACES, PLACES), max_size=MOST_CORNERS).map(tuple),
    st.booleans(),
)


@given(st.lists(SYMBOLS, max_size=MOST_SYMBOLS).map(tuple))
def test_symbols_come_out_as_they_went_in(symbols: tuple[Symbol, ...]) -> None:
    assert read_symbols(write_symbols(symbols)) == symbols


@given(st.lists(SYMBOLS, min_size=1, max_size=3), st.data())
def test_a_torn_answer_or_one_with_more_behind_is_none(symbols: list[Symbol], data: st.DataObject) -> None:
    whole = write_symbols(symbols)
    for wrong in (whole[: data.draw(st.integers(0, len(whole) - 1))], whole + b"\0"):
        with pytest.raises(WrongMessage):
            read_symbols(wrong)


@given(st.binary(max_size=400))
def test_any_bytes_are_symbols_or_wrong_and_nothing_else_is_raised(body: bytes) -> None:
    try:
        symbols = read_symbols(body)
    except WrongMessage:
        return
    assert write_symbols(symbols) == body


def test_of_more_symbols_than_fit_the_first_are_told() -> None:
    many = [Symbol(str(number).encode(), ()) for number in range(100)]
    assert read_symbols(write_symbols(many)) == tuple(many[:MOST_SYMBOLS])


def test_the_largest_answer_of_real_codes_fits() -> None:
    whole_sequence = Symbol(bytes(16 * 2953), ((0, 0),) * 4)
    assert len(write_symbols([whole_sequence] * 8 + [Symbol(bytes(7089), ((0, 0),) * 4)] * 56)) < MOST_ANSWER


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_request_comes_out_as_it_went_in(number: int, height: int, width: int, memory: int) -> None:
    request = Request(number, height, width, memory)
    assert read_request(write_request(request)) == request
    with pytest.raises(WrongMessage):
        read_request(write_request(request)[:-1])


@given(st.sampled_from(Kind), NUMBERS, st.binary(max_size=MOST_TEXT))
def test_a_header_comes_out_as_it_went_in(kind: Kind, number: int, body: bytes) -> None:
    message = write(kind, number, body)
    assert read_header(message[:HEADER_SIZE]) == Header(kind, number, len(body))
    assert message[HEADER_SIZE:] == body


@given(st.binary(min_size=HEADER_SIZE, max_size=HEADER_SIZE))
def test_any_header_is_within_bounds_or_wrong(data: bytes) -> None:
    try:
        header = read_header(data)
    except WrongMessage:
        return
    assert header.length <= (MOST_ANSWER if header.kind is Kind.SYMBOLS else MOST_TEXT)


@given(st.text())
def test_a_text_is_cut_and_shows_nothing_that_cannot_be_seen(text: str) -> None:
    shown = read_text(write_text(text))
    assert len(shown) <= MOST_TEXT
    assert shown.isascii()
    assert shown.isprintable()


@given(st.binary())
def test_a_hostile_text_is_shown_inert(body: bytes) -> None:
    shown = read_text(body)
    assert len(shown) == len(body)
    assert shown == "" or (shown.isascii() and shown.isprintable())
