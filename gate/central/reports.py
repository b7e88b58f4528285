"""What gates tell of how they stand: retained messages, of which only the newest counts. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.command import Verb
from gate.wire import command, topics

MOST_BYTES = 65_536
_LEAVES = (topics.AVAILABILITY, topics.STATE, topics.INFO, topics.HEALTH)
_ALARM_DIGITS = 15

FILTERS = tuple(
    f"gate/{topics.VERSION}/+/+/{leaf}" for leaf in (*_LEAVES, f"{topics.ALARM}/+", f"{topics.RESULT}/{Verb.REPLAY}")
)
"""What to subscribe to; the last one are the answers to requests for records."""


@dataclass(frozen=True, slots=True)
class Report:
    """The newest word of a gate under one leaf; an empty payload takes back what was said before."""

    source: str
    leaf: str
    payload: bytes


def read(topic: str, payload: bytes) -> Report | None:
    """None for anything else. Never raises."""
    found = topics.parse(topic)
    if found is None or not topics.is_name(found.site) or not topics.is_name(found.gate) or len(payload) > MOST_BYTES:
        return None
    head, _, number = found.leaf.partition("/")
    is_alarm = head == topics.ALARM and number.isdecimal() and number.isascii() and len(number) <= _ALARM_DIGITS
    if found.leaf not in _LEAVES and not is_alarm:
        return None
    return Report(topic.removesuffix(f"/{found.leaf}"), found.leaf, payload)


def is_answer(topic: str) -> bool:
    """Whether it answers a request for records."""
    found = topics.parse(topic)
    return found is not None and topic == command.response_topic(Verb.REPLAY, f"{found.site}/{found.gate}")
