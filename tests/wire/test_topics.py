"""Topics: built and taken apart the same way, and names that cannot break out of their level."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.wire import topics
from gate.wire.topics import Address, Identity

ME = Identity("jkt-01", "front", "entrance", "boot-1")


@pytest.mark.parametrize("feed", ["access", "door", "officer", "system"])
def test_a_feed_is_taken_apart_again(feed: str) -> None:
    assert topics.feed(ME, feed) == f"gate/v1/jkt-01/front/evt/{feed}"
    assert topics.parse(topics.feed(ME, feed)) == Address("jkt-01", "front", f"evt/{feed}")


def test_availability_is_taken_apart_again() -> None:
    assert topics.parse(topics.availability(ME)) == Address("jkt-01", "front", "availability")


@pytest.mark.parametrize("topic", ["", "gate/v1", "gate/v1/site/gate", "gate/v2/s/g/evt/access", "other/v1/s/g/x"])
def test_other_topics_are_not_ours(topic: str) -> None:
    assert topics.parse(topic) is None


@pytest.mark.parametrize(
    ("site", "gate", "base"),
    [
        (None, None, "gate/v1/+/+"),
        ("s", None, "gate/v1/s/+"),
        (None, "g", "gate/v1/+/g"),
        ("s", "g", "gate/v1/s/g"),
    ],
)
def test_filters_take_what_is_asked_for(site: str | None, gate: str | None, base: str) -> None:
    usual = tuple(f"{base}/{leaf}" for leaf in ("evt/#", "availability", "state", "info", "alarm/+", "res/+"))
    assert topics.filters(site, gate) == usual
    assert topics.filters(site, gate, also=("live", "health")) == (*usual, f"{base}/live", f"{base}/health")


@pytest.mark.parametrize("name", ["a", "0", "jkt-01", "a" * 63])
def test_good_names(name: str) -> None:
    assert topics.is_name(name)


@pytest.mark.parametrize("name", ["", "-a", "A", "a/b", "a+", "#", "a b", "a\n", "é", "a" * 64, "a_b"])
def test_bad_names(name: str) -> None:
    assert not topics.is_name(name)


@given(st.text())
def test_parse_never_raises_and_a_name_never_holds_a_separator(text: str) -> None:
    topics.parse(text)
    if topics.is_name(text):
        assert topics.parse(f"gate/v1/{text}/{text}/x") == Address(text, text, "x")
