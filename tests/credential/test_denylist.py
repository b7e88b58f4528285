"""Compiled deny lists: what was put in is found, whatever the digests look like, and nothing else is."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import cbor
from gate.credential.deny_compile import compile_list
from gate.credential.deny_filters import Slice
from gate.credential.denylist import ANY_KID, MAX_SECTIONS, DenyList, DenyLists, Entry, find, read
from gate.credential.errors import TrustError
from gate.credential.revocation import DIGEST_BYTES, Listed, digest
from tests.credential.minting import NOON

KID = b"\x01" * 8
OTHER = b"\x02" * 8
DIGESTS = st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES)
UNEVEN = st.builds(
    lambda high, low: high + low,
    st.sampled_from([bytes(8), b"\xff" * 8, bytes(7) + b"\x01"]),
    st.binary(min_size=8, max_size=8),
)


def compiled(*entries: Entry) -> DenyList:
    return read(b"".join(compile_list(entries)))


@given(st.sets(DIGESTS | UNEVEN, max_size=400), st.sets(DIGESTS | UNEVEN, max_size=40))
@settings(deadline=None)
def test_it_agrees_with_a_set(inside: set[bytes], asked: set[bytes]) -> None:
    found = compiled(*(Entry(KID, one) for one in inside))
    for one in inside | asked:
        assert found.listed(KID, [one], None) is (Listed.YES if one in inside else Listed.NO)


@pytest.mark.parametrize("spread", ["even", "all alike", "two heaps", "growing"])
def test_every_place_of_a_long_list_is_found_and_every_gap_is_empty(spread: str) -> None:
    chance = random.Random(spread)  # noqa: S311  (digests, not secrets)
    prefixes: dict[str, Callable[[int], bytes]] = {
        "even": lambda _: chance.randbytes(8),
        "all alike": lambda _: b"same....",
        "two heaps": lambda number: bytes(8) if number % 2 else b"\xff" * 8,
        "growing": lambda number: (2 ** (number % 64)).to_bytes(8),
    }
    inside = sorted({prefixes[spread](number) + chance.randbytes(8) for number in range(20_000)})
    held_list = compiled(*(Entry(KID, one) for one in inside))
    raw, section = held_list.raw, held_list.sections[KID]
    assert [find(raw, section, one) for one in inside] == list(range(len(inside)))
    held = set(inside)
    for one in inside[::7]:
        for near in (int.from_bytes(one) - 1, int.from_bytes(one) + 1):
            near_digest = (near % 2**128).to_bytes(16)
            assert (find(raw, section, near_digest) >= 0) is (near_digest in held)


def test_a_digest_that_lies_across_two_others_is_not_found() -> None:
    first, second = b"\x10" * 8 + b"\x20" * 8, b"\x30" * 8 + b"\x40" * 8
    across = b"\x20" * 8 + b"\x30" * 8
    assert compiled(Entry(KID, first), Entry(KID, second)).listed(KID, [across], None) is Listed.NO


def test_an_entry_counts_for_its_key_and_one_without_a_key_for_every_key() -> None:
    one, other = digest(b"one"), digest(b"other")
    found = compiled(Entry(KID, one), Entry(ANY_KID, other))
    assert [found.listed(kid, [one], None) for kid in (KID, OTHER, ANY_KID)] == [Listed.YES, Listed.NO, Listed.NO]
    assert {found.listed(kid, [other], None) for kid in (KID, OTHER, ANY_KID)} == {Listed.YES}
    assert found.listed(KID, [digest(b"none"), one], None) is Listed.YES
    assert found.listed(KID, [], None) is Listed.NO


def test_a_list_of_every_key_of_many_countries_is_read_and_one_of_more_keys_is_not_made() -> None:
    def list_of(keys: int) -> list[Entry]:
        return [Entry(number.to_bytes(8), digest(b"one"), 5 if number % 2 else None) for number in range(keys)]

    found = compiled(*list_of(MAX_SECTIONS))
    assert len(found.sections) == MAX_SECTIONS
    assert found.listed((MAX_SECTIONS - 1).to_bytes(8), [digest(b"one")], None) is Listed.YES
    assert found.listed(MAX_SECTIONS.to_bytes(8), [digest(b"one")], None) is Listed.NO
    with pytest.raises(TrustError, match="at most; compile several"):
        compiled(*list_of(MAX_SECTIONS + 1))


def test_an_entry_with_a_time_counts_for_what_began_before_it() -> None:
    one, always = digest(b"one"), digest(b"always")
    found = compiled(Entry(KID, one, int(NOON.timestamp())), Entry(KID, always))
    second = timedelta(seconds=1)
    asked = [NOON - second, NOON - second / 1000, NOON, NOON + second, None]
    assert [found.listed(KID, [one], began) for began in asked] == [
        Listed.YES,
        Listed.YES,
        Listed.NO,
        Listed.NO,
        Listed.YES,
    ]
    assert found.listed(KID, [always], NOON + second) is Listed.YES


def test_of_two_times_the_one_that_withdraws_more_counts() -> None:
    one = digest(b"one")
    twice = compiled(Entry(KID, one, 100), Entry(KID, one, 200), Entry(KID, one, 150))
    assert twice.listed(KID, [one], datetime.fromtimestamp(199, UTC)) is Listed.YES
    assert twice.listed(KID, [one], datetime.fromtimestamp(200, UTC)) is Listed.NO
    always = compiled(Entry(KID, one), Entry(KID, one, 200))
    assert always.listed(KID, [one], NOON) is Listed.YES


def test_a_list_that_is_no_longer_whole_says_nothing() -> None:
    raw = b"".join(compile_list([Entry(KID, digest(b"one"))]))
    assert read(raw, lambda: False).listed(KID, [digest(b"one")], None) is Listed.UNKNOWN


def test_no_length_but_the_whole_is_read() -> None:
    others: list[Entry | Slice] = [
        Entry(KID, b"begin"),
        Slice(KID, "a7", 3, bytes(range(20))),
        Slice(ANY_KID, "", 3, bytes(8)),
    ]
    raw = b"".join(compile_list([Entry(KID, digest(b"one"), 5), Entry(OTHER, digest(b"two")), *others]))
    for length in range(len(raw)):
        with pytest.raises(TrustError):
            read(raw[:length])
    with pytest.raises(TrustError, match="too long"):
        read(raw + b"\x00")


@pytest.mark.parametrize(
    "header",
    [
        7,
        [7],
        [[KID, 0, 0, False]],
        [[16, KID, -1, 0, False]],
        [[16, "kid", 0, 0, False]],
        [[16, KID, 0, 0, False], [16, KID, 0, 0, False]],
        [[16, KID, 0, 64, False]],
        [[16, KID, 0, -1, False]],
        [[16, KID, 0, True, False]],
        [[16, KID, True, 0, False]],
        [[16, KID, 2**32, 0, False]],
        [[16, KID, 0, 0, 0]],
        [[17, KID, 0, 0, False]],
        [[-1, KID, 0, 0, False]],
        [[True, KID, 0, 0, False]],
        [[2, KID, 0, 17, False]],
        [[0, KID, 0, 13, 0]],
        [[0, KID, 0, 0, False]],
        [[0, KID, 0, 0, -1]],
        [[0, KID, 0, 0, 2**41]],
    ],
)
def test_a_header_of_another_shape_is_refused(header: object) -> None:
    encoded = cbor.encode(header)
    with pytest.raises(TrustError, match="shape"):
        read(b"GATEDNY2" + len(encoded).to_bytes(4) + encoded)


@given(st.binary(max_size=100))
def test_anything_else_is_refused(tail: bytes) -> None:
    for raw in (tail, b"GATEDNY2" + tail):
        try:
            read(raw)
        except TrustError as error:
            assert str(error)  # noqa: PT017  (a refusal is one of the two outcomes)


def test_several_lists_together() -> None:
    lists = DenyLists({"a": compiled(Entry(KID, digest(b"one"))), "b": compiled()})
    assert lists.listed([], KID, [b"one"], None) is Listed.NO
    assert lists.listed(["a", "b"], KID, [b"one"], None) is Listed.YES
    assert lists.listed(["b"], KID, [b"one"], None) is Listed.NO
    assert lists.listed(["b", "missing"], KID, [b"one"], None) is Listed.UNKNOWN
    assert lists.listed(["missing", "a"], KID, [b"one"], None) is Listed.YES
