"""A file in pieces: it is whole when every piece is there, and good when it is the one that was pointed at."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gate.central import publishing
from gate.service.update_fetch import AT_ONCE, PATIENCE_S, Fetch
from gate.wire import pointer
from gate.wire.pointer import CHUNK_BYTES, Kind, Place

PLACE = Place(Kind.DENY, "ministry")


def fetch_of(raw: bytes) -> tuple[Fetch, list[tuple[str, bytes]]]:
    """A fetch of this file, and its pieces by their topics."""
    pointed = publishing.pointer_to(PLACE, 1, raw)
    pieces = [(PLACE.chunk(pointed.sha256, number), piece) for number, piece in enumerate(pointer.cut(raw))]
    return Fetch(PLACE, pointed, PATIENCE_S), pieces


@given(st.integers(1, 20 * CHUNK_BYTES), st.randoms(use_true_random=False))
def test_whatever_the_order_the_file_is_whole_at_the_last_piece(size: int, rng: Random) -> None:
    raw = b"".join(number.to_bytes(4, "big") for number in range(size // 4 + 1))[:size]
    fetch, pieces = fetch_of(raw)
    rng.shuffle(pieces)
    for topic, piece in pieces:
        assert not fetch.whole
        assert fetch.take(topic, piece, 0.0)
        assert fetch.take(topic, piece, 0.0), "a piece may come twice"
    assert fetch.whole
    assert fetch.content() == raw


def test_it_asks_for_some_at_a_time_and_only_for_what_is_missing() -> None:
    fetch, pieces = fetch_of(bytes((AT_ONCE + 2) * CHUNK_BYTES))
    assert fetch.ask() == tuple(topic for topic, _ in pieces[:AT_ONCE])
    for topic, piece in pieces[1:AT_ONCE]:
        fetch.take(topic, piece, 0.0)
    answered = [fetch.answered]
    assert fetch.ask() == (pieces[0][0], pieces[AT_ONCE][0], pieces[AT_ONCE + 1][0])
    for topic, piece in (pieces[0], *pieces[AT_ONCE:]):
        fetch.take(topic, piece, 0.0)
    assert [*answered, fetch.answered] == [False, True]
    assert fetch.ask() == ()


def test_what_has_not_its_length_or_its_place_is_no_piece_of_it() -> None:
    fetch, ((first, piece), (last, rest)) = fetch_of(bytes(CHUNK_BYTES + 7))
    for topic, payload in (
        (first, piece[1:]),
        (first, piece + b"0"),
        (first, rest),
        (last, piece),
        (last, b""),
        (PLACE.chunk(fetch.pointer.sha256, 2), rest),
        (PLACE.chunk("ab" * 32, 0), piece),
        (Place(Kind.DENY, "other").chunk(fetch.pointer.sha256, 0), piece),
        (f"{first}x", piece),
        (first.replace("/0", "/00"), piece),
    ):
        assert not fetch.take(topic, payload, 0.0), topic
    assert fetch.told == "0 of 2 pieces"


def test_pieces_of_another_file_make_none() -> None:
    fetch, ((topic, piece),) = fetch_of(b"a file")
    assert fetch.take(topic, piece[::-1], 0.0)
    assert fetch.whole
    assert fetch.content() is None


def test_each_new_piece_gives_more_time_and_one_again_does_not() -> None:
    fetch, (one, other) = fetch_of(bytes(CHUNK_BYTES + 1))
    fetch.take(*one, now_s=5.0)
    assert fetch.due_s == 5.0 + PATIENCE_S
    fetch.take(*one, now_s=9.0)
    assert fetch.due_s == 5.0 + PATIENCE_S
    fetch.take(*other, now_s=9.0)
    assert fetch.due_s == 9.0 + PATIENCE_S
