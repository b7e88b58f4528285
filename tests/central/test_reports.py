"""What is kept of how gates stand, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.central.reports import MOST_BYTES, Report, is_answer, read

ROOT = "gate/v1/jkt-01/front"


@pytest.mark.parametrize("leaf", ["availability", "state", "info", "health", "alarm/7"])
def test_the_reports_of_a_gate_are_read(leaf: str) -> None:
    assert read(f"{ROOT}/{leaf}", b"{}") == Report(ROOT, leaf, b"{}")


@pytest.mark.parametrize(
    "topic",
    [
        f"{ROOT}/live",
        f"{ROOT}/evt/access",
        f"{ROOT}/alarm",
        f"{ROOT}/alarm/",
        f"{ROOT}/alarm/x",
        f"{ROOT}/alarm/7/8",
        f"{ROOT}/alarm/{'7' * 16}",
        f"{ROOT}/alarm/٣",
        f"{ROOT}/res/replay",
        "gate/v1/JKT/front/state",
        "gate/v2/jkt-01/front/state",
        "state",
    ],
)
def test_nothing_else_is(topic: str) -> None:
    assert read(topic, b"{}") is None


def test_what_is_far_too_long_is_not_kept() -> None:
    assert read(f"{ROOT}/state", b" " * (MOST_BYTES + 1)) is None


def test_an_answer_is_known_by_its_topic() -> None:
    assert is_answer(f"{ROOT}/res/replay")
    assert not is_answer(f"{ROOT}/res/release")


@given(st.text(), st.binary())
def test_any_message_is_a_report_or_none(topic: str, payload: bytes) -> None:
    assert isinstance(read(topic, payload), Report | None)
    assert is_answer(topic) in {True, False}
