"""The checker sees what it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.nemesis.checker import MS, Release, check_feed, check_releases
from tests.wire.examples import ULID_A
from tests.wire.test_chain import records

JOURNAL = ULID_A
WAIT_NS = 250 * MS
WHOLE = records(6)
ARRIVED = dict(enumerate(WHOLE, 1))


def test_all_is_well_when_all_is_there() -> None:
    assert check_feed(JOURNAL, WHOLE, ARRIVED) == ()


def without(arrived: dict[int, bytes], seq: int) -> dict[int, bytes]:
    return {number: body for number, body in arrived.items() if number != seq}


SPOILT: list[tuple[str, Callable[[], tuple[list[bytes], dict[int, bytes]]], str]] = [
    ("one is lost", lambda: (WHOLE, without(ARRIVED, 3)), "1 committed records did not arrive, the first is 3"),
    ("the last is lost", lambda: (WHOLE, without(ARRIVED, 6)), "1 committed records did not arrive, the first is 6"),
    (
        "one is invented",
        lambda: (WHOLE[:5], ARRIVED),
        "1 events arrived that the journal does not have, the first is 6",
    ),
    ("one is another", lambda: (WHOLE, ARRIVED | {2: b"{}"}), "1 events arrived changed, the first is 2"),
    ("two are swapped", lambda: (WHOLE, without(ARRIVED, 4) | {4: WHOLE[3]}), "1 events arrived after a later one"),
    ("the chain is broken", lambda: ([*WHOLE[:2], *WHOLE[3:]], ARRIVED), "the journal's chain is broken"),
]


@pytest.mark.parametrize(("spoil", "told"), [case[1:] for case in SPOILT], ids=[case[0] for case in SPOILT])
def test_what_is_wrong_is_told(spoil: Callable[[], tuple[list[bytes], dict[int, bytes]]], told: str) -> None:
    committed, arrived = spoil()
    assert any(problem.startswith(told) for problem in check_feed(JOURNAL, committed, arrived))


@pytest.mark.parametrize(
    ("release", "recorded_ms", "unrecorded", "told"),
    [
        (Release(1000 * MS, None), [1001], 0, ""),
        (Release(1000 * MS, 1100 * MS), [], 1, ""),
        (Release(1000 * MS, 1251 * MS), [], 1, "had no record 251 ms after it"),
        (Release(1000 * MS, None), [], 1, "nobody killed the gate"),
        (Release(1000 * MS, None), [1251], 1, "nobody killed the gate"),
    ],
)
def test_releases_are_held_against_their_records(
    release: Release, recorded_ms: list[int], unrecorded: int, told: str
) -> None:
    count, problems = check_releases([release], [ms * MS for ms in recorded_ms], WAIT_NS)
    assert count == unrecorded
    assert [told in problem for problem in problems] == ([True] if told else [])
