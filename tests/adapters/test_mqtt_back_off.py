"""Waiting before the next connection, as a pure thing: bounds, growth, jitter, and what makes it begin again."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.mqtt_paho.back_off import SHORTEST_S, BackOff, Retry
from gate.ports import LinkFault

ORDINARY = sorted(set(LinkFault) - {LinkFault.TAKEN_OVER, LinkFault.BUSY})


def at_most(_: object = None) -> float:
    return 1.0


def test_the_bound_doubles_from_one_second_to_sixty() -> None:
    back_off = BackOff(Retry(), at_most)
    waits = [back_off.wait_s(LinkFault.UNREACHABLE, 0) for _ in range(9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@given(faults=st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=60), chances=st.randoms(use_true_random=False))
def test_whatever_fails_the_wait_is_between_nothing_and_its_bound(
    faults: list[LinkFault], chances: random.Random
) -> None:
    back_off = BackOff(Retry(), chances.random)
    for number, fault in enumerate(faults):
        assert SHORTEST_S <= back_off.wait_s(fault, 0) <= min(60, 2**number)


def test_thousands_of_failures_overflow_nothing() -> None:
    back_off = BackOff(Retry(), at_most)
    assert {back_off.wait_s(LinkFault.LOST, 0) for _ in range(5000)} == {1, 2, 4, 8, 16, 32, 60}


def test_a_hundred_gates_that_lost_one_broker_come_back_spread_over_the_whole_time() -> None:
    waits = []
    for gate in range(100):
        back_off = BackOff(Retry(), random.Random(gate).random)  # noqa: S311  (repeatable)
        waits.append([back_off.wait_s(LinkFault.LOST, 0) for _ in range(8)][-1])
    assert statistics.quantiles(waits, n=4) == pytest.approx([15, 30, 45], abs=8)


def test_a_connection_that_soon_breaks_again_does_not_count_as_a_good_one() -> None:
    back_off, waits, now_s = BackOff(Retry(), at_most), list[float](), 0.0
    for _ in range(8):
        back_off.connected(now_s)
        now_s += 29
        waits.append(back_off.wait_s(LinkFault.LOST, now_s))
    assert waits[-1] == 60
    back_off.connected(now_s)
    assert back_off.wait_s(LinkFault.LOST, now_s + 30) == 1


def test_failed_attempts_after_a_good_connection_count_from_its_end() -> None:
    back_off = BackOff(Retry(), at_most)
    back_off.connected(0)
    assert [back_off.wait_s(fault, 100) for fault in (LinkFault.LOST, LinkFault.UNREACHABLE)] == [1, 2]


@given(chance=st.floats(0, 1), before=st.integers(0, 20))
def test_who_was_thrown_out_by_its_own_name_stays_away_for_the_longest_time(chance: float, before: int) -> None:
    back_off = BackOff(Retry(), lambda: chance)
    for _ in range(before):
        back_off.wait_s(LinkFault.LOST, 0)
    back_off.connected(0)
    assert 60 <= back_off.wait_s(LinkFault.TAKEN_OVER, 10_000) <= 120


def test_who_has_found_another_of_its_name_waits_long_once() -> None:
    back_off = BackOff(Retry(), lambda: 0.5)
    back_off.connected(0)
    back_off.contested()
    assert back_off.wait_s(LinkFault.LOST, 100) == 90
    assert back_off.wait_s(LinkFault.LOST, 100) < 2


@given(chance=st.floats(0, 1))
def test_a_busy_broker_gets_time(chance: float) -> None:
    assert 15 <= BackOff(Retry(), lambda: chance).wait_s(LinkFault.BUSY, 0) <= 60
