"""The list of Italy: whole lists and changes lead from version to version, whatever the chunks come in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential.denylist import ANY_KID, Entry
from gate.credential.errors import TrustError
from gate.credential.withdrawn import it_drl
from gate.credential.withdrawn.found import Found
from tests.credential.withdrawn.writers import b64, delta, document, whole

IDS = [hashlib.sha256(bytes((number,))).digest() for number in range(40)]
SETS = st.sets(st.sampled_from(IDS), max_size=14)


def read(chunks: Sequence[dict[str, Any]], before: bytes | None = None) -> Found:
    return it_drl.read([document(f"{number}.json", chunk) for number, chunk in enumerate(chunks)], before)


def digests(found: Found) -> set[bytes]:
    entries = [entry for entry in found.entries if isinstance(entry, Entry)]
    assert {entry.kid for entry in entries} <= {ANY_KID}
    assert len(entries) == len(found.entries) == len({entry.digest for entry in entries})
    return {entry.digest for entry in entries}


def cut(ids: set[bytes]) -> set[bytes]:
    return {one[:16] for one in ids}


@given(st.lists(SETS, min_size=1, max_size=5), st.data())
@settings(deadline=None, max_examples=80)
def test_versions_follow_each_other_over_interrupted_downloads(history: list[set[bytes]], data: st.DataObject) -> None:
    state: bytes | None = None
    said: set[bytes] | None = None
    found = Found("it-drl")
    for number, after in enumerate(history):
        chunks = whole(1, sorted(after)) if said is None else delta(number, number + 1, history[number - 1], after)
        chunks = data.draw(st.permutations(chunks))
        while chunks:
            size = data.draw(st.integers(1, len(chunks)))
            part, chunks = chunks[:size], chunks[size:]
            found = read([*part, *data.draw(st.sampled_from([[], part[:1]]))], state)
            state = found.state
            if chunks:
                assert (found.waits is not None) is (said is None)
                assert digests(found) == cut(said or set())
        said = after
        assert (digests(found), found.version, found.waits) == (cut(after), str(number + 1), None)
        assert digests(read([], state)) == cut(after), "what is kept is the list, without any chunk"


def test_several_versions_at_once_are_taken_in_their_order() -> None:
    first, second, third = set(IDS[:9]), set(IDS[4:12]), set(IDS[6:20])
    chunks = [*delta(2, 3, second, third), *whole(1, sorted(first)), *delta(1, 2, first, second)]
    assert digests(read(chunks)) == cut(third)


def test_the_next_chunks_are_named() -> None:
    chunks = whole(4, sorted(IDS[:9]))
    found = read(chunks[1:2])
    assert found.waits == "version 4: the chunks 1, 3 of 3 are still to be fetched"
    done = read([chunks[0], chunks[2]], found.state)
    assert (done.waits, done.version) == (None, "4")
    waiting = read(delta(4, 5, set(IDS[:9]), set(IDS[20:]))[:1], done.state)
    assert waiting.version == "4"
    assert "the list stays at version 4" in waiting.skipped[0]
    assert "2, 3, 4" in waiting.skipped[0]


def test_of_many_missing_chunks_the_first_are_named() -> None:
    found = read(whole(4, IDS[:1], lastChunk=2**50))
    assert (
        found.waits
        == f"version 4: the chunks {', '.join(map(str, range(2, 12)))}, ... of {2**50} are still to be fetched"
    )


def test_a_newer_version_drops_the_chunks_of_one_that_was_not_whole() -> None:
    half = read(whole(4, sorted(IDS[:9]))[:2])
    newer = read(whole(5, sorted(IDS[:6])), half.state)
    assert (digests(newer), newer.version) == (cut(set(IDS[:6])), "5")
    assert newer.skipped == ["version 4: its chunks so far are dropped for version 5"]


def test_changes_that_are_in_already_change_nothing() -> None:
    """As after a compilation that was killed between its two files."""
    before, after = set(IDS[:9]), set(IDS[3:12])
    state = read([*whole(1, sorted(before)), *delta(1, 2, before, after)]).state
    again = read(delta(1, 2, before, after), state)
    assert (digests(again), again.version, again.skipped) == (cut(after), "2", ["version 2: it is in already"])


@pytest.mark.parametrize("start", [None, 9, 12])
def test_changes_that_do_not_fit_say_what_to_fetch(start: int | None) -> None:
    state = None if start is None else read(whole(start, IDS[:3])).state
    with pytest.raises(TrustError, match=r"lead from version 10, but .* fetch the whole list"):
        read(delta(10, 13, set(IDS[:3]), set(IDS[:6])), state)


def test_an_older_whole_list_is_refused() -> None:
    with pytest.raises(TrustError, match="version 9 was here before"):
        read(whole(8, IDS[:3]), read(whole(9, IDS[:3])).state)


def test_a_version_that_does_not_have_as_many_as_it_should_is_refused() -> None:
    state = read(whole(1, IDS[:6])).state
    wrong = delta(1, 2, set(IDS[:5]), set(IDS[:4]))
    with pytest.raises(TrustError, match="should have 4 entries, but it has 5"):
        read(wrong, state)
    with pytest.raises(TrustError, match="should have 6 entries, but it has 7"):
        read(whole(3, IDS[:7], totalNumberUCVI=6), state)


def test_of_a_list_of_others_the_first_16_bytes_are_those_of_the_certificates_id() -> None:
    """The documentation's own example: ``Hello!``."""
    found = read(whole(1, [hashlib.sha256(b"Hello!").digest()]))
    assert b64(hashlib.sha256(b"Hello!").digest()) == "M00Bb3Vc1txYxTqG4YOIL47BT1L7BTRYh8il7dQsh7c="
    assert digests(found) == {bytes.fromhex("334d016f755cd6dc58c53a86e183882f")}


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "1"},
        {"version": -1},
        {"version": True},
        {"version": 2**60},
        {"chunk": 0},
        {"chunk": 2},
        {"lastChunk": None},
        {"totalNumberUCVI": -3},
        {"revokedUcvi": None},
        {"revokedUcvi": [7]},
        {"revokedUcvi": ["AAAA"]},
        {"revokedUcvi": ["%" * 44]},
        {"delta": {"insertions": "x"}, "fromVersion": 0},
        {"delta": {"deletions": [7]}, "fromVersion": 0},
        {"delta": {}, "fromVersion": -1},
    ],
    ids=str,
)
def test_a_chunk_that_cannot_be_read_makes_no_list(changes: dict[str, object]) -> None:
    with pytest.raises(TrustError, match=r"^0\.json "):
        read([{**whole(1, IDS[:2])[0], **changes}])


@pytest.mark.parametrize("cutting", [0, 1, 30, -1])
def test_a_damaged_state_is_refused(cutting: int) -> None:
    state = read(whole(1, IDS[:8])[:2]).state
    assert state is not None
    with pytest.raises(TrustError, match="delete its file"):
        it_drl.read([], state[:cutting])


def test_the_age_is_told_where_the_publisher_gives_a_time() -> None:
    dated = read(whole(1, IDS[:2], creationDate="2026-03-01T10:00:00.119+00:00"))
    assert dated.issued is not None
    assert dated.issued.isoformat() == "2026-03-01T10:00:00+00:00"
    assert read([], dated.state).issued == dated.issued
    assert read(whole(1, IDS[:2], creationDate="yesterday")).issued is None
