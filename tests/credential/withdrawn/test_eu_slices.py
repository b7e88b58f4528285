"""Slices of the EU's revocation distribution: what was put in is found at the door, by filters and by beginnings."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential.deny_chance import mistaken
from gate.credential.deny_compile import compile_list
from gate.credential.deny_filters import Slice
from gate.credential.denylist import ANY_KID, DenyList, Entry, read
from gate.credential.errors import TrustError
from gate.credential.revocation import DIGEST_BYTES, Listed
from gate.credential.withdrawn import eu_bloom, eu_slices, eu_varhash
from gate.credential.withdrawn.found import Found, Published
from tests.credential.withdrawn.writers import bloom, document, partition, slice_file, varhash

HEAD = struct.Struct(">hbbfiii")
KID, OTHER = b"\x01" * 8, b"\x02" * 8
DIGESTS = st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES)
LOST = st.builds(
    lambda lead, rest: (lead + rest)[:DIGEST_BYTES],
    st.sampled_from(
        [b"\xff\x80", b"\xff\xff\xfe", b"\xff" * 16, b"\xff\x7f", b"\x00\x80", b"\x00\x00\xff", b"\x00" * 16]
    ),
    DIGESTS,
)
"""Digests about which the writer of beginnings errs, and their neighbours."""


def compiled(entries: Sequence[Entry | Slice]) -> DenyList:
    return read(b"".join(compile_list(entries)))


def says(listed: DenyList, digest: bytes, kid: bytes = KID) -> bool:
    return listed.listed(kid, [digest], None) is Listed.YES


def published(kind: str, digests: set[bytes], digits: int) -> Found:
    """A key's slices, split by the first digits of their digests as the distribution does."""
    split: dict[str, set[bytes]] = {}
    for digest in digests:
        split.setdefault(digest.hex()[:digits], set()).add(digest)
    raws = {name: bloom(held) if kind == eu_bloom.TYPE else varhash(held, 5) for name, held in split.items()}
    chunks = [
        partition(KID, {name[-1:]: [(kind, raw)]}, name[:-1][:1] or None, name[1:-1] or None)
        for name, raw in raws.items()
    ]
    partitions = chunks or [partition(KID, {})]
    return eu_slices.read([document("partitions.json", partitions), *map(slice_file, raws.values())])


@pytest.mark.parametrize("kind", eu_slices.TYPES)
@given(
    digests=st.sets(DIGESTS | LOST, max_size=30), asked=st.sets(DIGESTS | LOST, max_size=30), digits=st.integers(1, 3)
)
@settings(deadline=None, max_examples=40)
def test_slices_hold_what_was_put_in_under_their_key_alone(
    kind: str, digests: set[bytes], asked: set[bytes], digits: int
) -> None:
    found = published(kind, digests, digits)
    assert found.skipped == []
    listed = compiled(found.entries)
    assert all(says(listed, one) for one in digests)
    assert not any(says(listed, one, OTHER) for one in digests)
    wrong = [one for one in asked - digests if says(listed, one)]
    if kind == eu_varhash.TYPE:
        assert all(any(one[:5] == other[:5] for other in digests) for one in wrong)
    else:
        assert all(any(one.hex()[:digits] == other.hex()[:digits] for other in digests) for one in wrong)


@given(st.sets(LOST, max_size=20), st.integers(1, 16))
@settings(deadline=None, max_examples=60)
def test_a_beginning_that_lost_its_ff_is_found_without_digits_too(digests: set[bytes], size: int) -> None:
    raw = varhash(digests, size)
    listed = compiled(eu_varhash.read(raw, KID, ""))
    assert all(says(listed, one) for one in digests)
    told = [one for one in eu_varhash.read(raw, KID, "f") if one.digest.startswith(b"\x00")]
    assert not any(one.digest.lstrip(b"\x00")[:1] >= b"\x80" for one in told), "its digit says that it began with FF"


def test_the_writers_defect() -> None:
    """FF 80 12 34 is written as 00 80 12 34, which 00 80 12 34 is too."""
    lost, other = bytes.fromhex("ff801234") + bytes(12), bytes.fromhex("00801234") + bytes(12)
    assert varhash([lost], 4)[11:] == varhash([other], 4)[11:] == bytes.fromhex("00801234")
    both = compiled(eu_varhash.read(varhash([lost], 4), KID, ""))
    assert [says(both, one) for one in (lost, other)] == [True, True]
    told = compiled(eu_varhash.read(varhash([lost], 4), KID, "ff8"))
    assert [says(told, one) for one in (lost, other)] == [True, False]


def test_a_bit_is_found_as_the_issuers_program_finds_it() -> None:
    """16 zeros in 64 bits: their hash with 0 is bit 25, the one with 1 is below zero and bit 10; from the top on."""
    written = bytes.fromhex("0020004000000000")
    raw = HEAD.pack(1, 2, 0, 0.5, 1, 1, 2) + written
    assert raw[HEAD.size :] == bloom([bytes(16)], words=2, functions=2)[HEAD.size :]
    assert says(compiled(eu_bloom.read(raw, KID, "")), bytes(16))
    for bit in (10, 25):
        lacking = int.from_bytes(written) ^ 1 << (63 - bit)
        assert not says(compiled([Slice(KID, "", 2, lacking.to_bytes(8))]), bytes(16))


def test_filters_of_fewer_digits_and_of_every_key_are_asked_too() -> None:
    chance = random.Random(7)  # noqa: S311  (digests, not secrets)
    held = [chance.randbytes(16) for _ in range(40)]
    entries: list[Entry | Slice] = []
    for number, digest in enumerate(held):
        kid, digits = (ANY_KID if number % 5 == 0 else KID), digest.hex()[: number % 4]
        entries += eu_bloom.read(bloom([digest], words=8, functions=20), kid, digits)
    listed = compiled(entries)
    assert all(says(listed, digest) for digest in held)
    assert [says(listed, digest, OTHER) for digest in held] == [number % 5 == 0 for number in range(40)]
    assert not any(says(listed, chance.randbytes(16)) for _ in range(2000))


def test_a_partition_of_an_unknown_kid_counts_for_every_key() -> None:
    raw = bloom([bytes(16)])
    described = {**partition(KID, {"0": [(eu_bloom.TYPE, raw)]}), "kid": "UNKNOWN_KID"}
    listed = compiled(eu_slices.read([document("p.json", described), slice_file(raw)]).entries)
    assert [says(listed, bytes(16), kid) for kid in (KID, OTHER)] == [True, True]


def test_filters_beginnings_and_digests_lie_together_in_one_list() -> None:
    digest, begun, put_in = b"d" * 16, b"b" * 16, b"p" * 16
    filters = eu_bloom.read(bloom([put_in]), KID, "7")
    listed = compiled([Entry(KID, digest), Entry(KID, begun[:4]), *filters, Entry(OTHER, digest, 5)])
    assert [says(listed, one) for one in (digest, begun, put_in, begun[:5] + digest)] == [True, True, True, True]
    assert not any(says(listed, one) for one in (b"x" * 16, bytes(16), begun[:3] + digest))
    assert says(listed, digest, OTHER)


@pytest.mark.parametrize("width", range(1, 16))
def test_beginnings_of_any_width_agree_with_a_set(width: int) -> None:
    chance = random.Random(width)  # noqa: S311  (digests, not secrets)
    inside = {chance.randbytes(16)[:width] for _ in range(3000)}
    listed = compiled([Entry(KID, one) for one in inside])
    for one in (*inside, *(chance.randbytes(16)[:width] for _ in range(1000))):
        assert says(listed, one.ljust(16, b"\x55")) is (one in inside)


def test_the_chance_of_a_mistake_is_what_is_seen() -> None:
    chance = random.Random(3)  # noqa: S311  (digests, not secrets)
    entries: list[Entry | Slice] = [*eu_bloom.read(bloom((chance.randbytes(16) for _ in range(40)), 8, 3), KID, "")]
    entries += [Entry(KID, bytes((number, 0))) for number in range(200)]
    listed, said = compiled(entries), mistaken(entries)
    seen = sum(says(listed, chance.randbytes(16)) for _ in range(20_000)) / 20_000
    assert abs(seen - said) < said / 5
    assert mistaken([Entry(KID, bytes(16))]) == 0


# what cannot be read


@pytest.mark.parametrize(
    "raw",
    [
        bloom([bytes(16)])[:-1],
        bloom([bytes(16)]) + b"\x00",
        bloom([bytes(16)])[:19],
        b"",
        bloom([], version=2),
        bloom([], hashing=1),
        HEAD.pack(1, 0, 0, 0.1, 1, 1, 0),
        HEAD.pack(1, -1, 0, 0.1, 1, 1, 1) + bytes(4),
        HEAD.pack(1, 1, 0, 0.1, 1, 1, 2**31 - 1) + bytes(4),
        HEAD.pack(1, 1, 0, 0.1, 1, 1, -1) + bytes(4),
    ],
    ids=["torn", "trailing", "head", "empty", "version", "hash", "none", "negative", "huge", "below zero"],
)
def test_a_filter_that_cannot_be_read_is_skipped_and_named(raw: bytes) -> None:
    _skipped(eu_bloom.TYPE, raw)


@pytest.mark.parametrize(
    "raw",
    [
        varhash([bytes(16)], 5)[:-1],
        varhash([bytes(16)], 5) + b"\x00",
        b"",
        varhash([], 5, version=2),
        struct.pack(">hfib", 1, 0.1, 1, 0),
        struct.pack(">hfib", 1, 0.1, 1, 17) + bytes(17),
        struct.pack(">hfib", 1, 0.1, 1, -5) + bytes(5),
    ],
    ids=["torn", "trailing", "empty", "version", "no size", "too wide", "below zero"],
)
def test_beginnings_that_cannot_be_read_are_skipped_and_named(raw: bytes) -> None:
    _skipped(eu_varhash.TYPE, raw)


def _skipped(kind: str, raw: bytes) -> None:
    good = bloom([b"g" * 16])
    chunks = {"6": [(kind, raw), (eu_bloom.TYPE, good), ("OTHER", good)]}
    found = eu_slices.read([document("p.json", partition(KID, chunks)), slice_file(raw), slice_file(good)])
    assert len(found.entries) == 1
    assert len(found.skipped) == 2
    assert all(line.startswith("slice ") for line in found.skipped)


def test_a_slice_that_is_missing_or_damaged_makes_no_list() -> None:
    raw = bloom([bytes(16)])
    described = document("p.json", partition(KID, {"0": [(eu_bloom.TYPE, raw)]}))
    damaged = Published(slice_file(raw).name, raw[:-1] + b"\x01")
    for files in ([described], [described, damaged]):
        with pytest.raises(TrustError, match="fetch its archive again"):
            eu_slices.read(files)
    keys = document("lists.json", [{"kid": "AAAA", "mode": "POINT", "hashTypes": ["UCI"]}])
    for files in ([keys, described, slice_file(raw)], [slice_file(raw)]):
        with pytest.raises(TrustError, match="partitions of"):
            eu_slices.read(files)


@pytest.mark.parametrize(
    "changes",
    [
        {"kid": "%"},
        {"kid": ""},
        {"chunks": []},
        {"chunks": {"0": []}},
        {"chunks": {"0": {"x": 7}}},
        {"x": "g"},
        {"x": "12", "y": "34"},
    ],
    ids=str,
)
def test_a_partition_of_another_shape_makes_no_list(changes: dict[str, object]) -> None:
    raw = bloom([bytes(16)])
    usual = partition(KID, {"0": [(eu_bloom.TYPE, raw)]})
    with pytest.raises(TrustError, match="partition"):
        eu_slices.read([document("p.json", {**usual, **changes}), slice_file(raw)])
