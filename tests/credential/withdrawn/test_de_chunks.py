"""The chunk lists of Germany: a folder gives every digest, under its key, or nothing at all."""

from __future__ import annotations

from dataclasses import replace

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential.denylist import Entry
from gate.credential.errors import TrustError
from gate.credential.withdrawn import de_chunks
from gate.credential.withdrawn.found import Published
from tests.credential.withdrawn.writers import german, signed_list

DIGESTS = st.binary(min_size=16, max_size=16)
KEYS = st.tuples(st.binary(min_size=1, max_size=8), st.sampled_from([b"\x0a", b"\x0b", b"\x0c"]))
KID, UCI = b"\x01" * 8, b"\x0b"
LISTED = {(KID, UCI): {bytes((number, 7)) * 8 for number in range(5)}, (b"\x02" * 8, b"\x0a"): {bytes(16)}}


@given(st.dictionaries(KEYS, st.sets(DIGESTS, min_size=1, max_size=8), max_size=4), st.integers(0, 2))
@settings(deadline=None, max_examples=60)
def test_every_digest_counts_under_its_key(listed: dict[tuple[bytes, bytes], set[bytes]], depth: int) -> None:
    files = german(listed, depth)
    assert all(de_chunks.claims(file) for file in files)
    found = de_chunks.read(files)
    assert set(found.entries) == {Entry(kid, digest) for (kid, _), digests in listed.items() for digest in digests}
    assert found.skipped == []


def test_a_chunk_that_is_missing_makes_no_list() -> None:
    files = german(LISTED)
    for file in files:
        if file.last == de_chunks.CHUNK:
            with pytest.raises(TrustError, match="fetch its chunks again"):
                de_chunks.read([one for one in files if one is not file])
    with pytest.raises(TrustError, match="give the whole folder"):
        de_chunks.read(files[1:])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x80",
        signed_list([bytes(16)])[:-1],
        signed_list([bytes(16)]) + b"\x00",
        signed_list([bytes(15)]),
        signed_list([bytes(17)]),
        signed_list([7]),
        signed_list({}),
        signed_list([b"\x07" * 16]),
        signed_list([[[[[[[]]]]]]]),
        *(
            cbor2.dumps([b"", {}, bytes((head,)) + bytes((first,)) + b"\xff" * 7, b""])
            for head in (0x5B, 0x9B, 0xBB)
            for first in (0x00, 0x7F, 0xFF)
        ),
        bytes.fromhex("d28443a10126a04affffffffffffffffffff40"),
        bytes.fromhex("d28443a10126a0490000000000000000ff40"),
    ],
    ids=lambda raw: raw.hex()[:24] + f"-{len(raw)}",
)
def test_a_chunk_that_cannot_be_read_makes_no_list(raw: bytes) -> None:
    files = german({(KID, UCI): {bytes(16)}})
    with pytest.raises(TrustError, match=r"chunk\.lst"):
        de_chunks.read([replace(file, raw=raw) if file.last == de_chunks.CHUNK else file for file in files])


@pytest.mark.parametrize("value", [7, [], {b"k": 7}, {b"k": {b"t": "x"}}, {"k": {b"t": 1}}], ids=repr)
def test_keys_of_another_shape_make_no_list(value: object) -> None:
    with pytest.raises(TrustError, match=r"kid\.lst has another shape"):
        de_chunks.read([Published("mirror/kid.lst", signed_list(value))])


@pytest.mark.parametrize(
    "name", ["chunk.lst", "m/xyz/chunk.lst", "m/010/chunk.lst", f"m/{'00' * 66}/chunk.lst", "m/00000/00/0/chunk.lst"]
)
def test_a_chunk_at_another_place_makes_no_list(name: str) -> None:
    with pytest.raises(TrustError):
        de_chunks.read([Published("m/kid.lst", signed_list({})), Published(name, signed_list([bytes(16)]))])
